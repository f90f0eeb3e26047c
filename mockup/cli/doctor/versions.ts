// Programs and servers that are there, in versions that work together.

import { couchRequest } from '../../replication/couch-request.ts';
import type { ReplicatedSite } from '../../replication/plan.ts';
import { productVersion } from '../version.ts';
import { commandOutput } from './command-output.ts';
import { type Finding, problem, well } from './finding.ts';
import type { Patient } from './patient.ts';

const COUCHDB_MAJOR_MIN = 3;

export async function examineVersions(patient: Patient): Promise<Finding[]> {
  const { here, peers, remoteCaches } = patient;
  const servers = await Promise.all([here, ...peers].map(serverVersion));
  const rsync = await programVersion('rsync', '--version', /version (\S+)/);
  const ssh =
    remoteCaches.length > 0 ? [await programVersion('ssh', '-V', /^OpenSSH_([^,\s]+)/)] : [];
  return [
    well('versions', `draws ${productVersion()} on Node ${process.versions.node}`),
    rsync,
    ...ssh,
    ...servers.flat(),
    ...otherVersions(patient),
  ];
}

/** A server that does not answer is told elsewhere. */
async function serverVersion(site: ReplicatedSite): Promise<Finding[]> {
  const answer = await couchRequest(site, '/').catch(() => undefined);
  if (!answer) return [];
  const { version, vendor } = answer.body as { version?: unknown; vendor?: { name?: unknown } };
  const what = `CouchDB of ${site.executive}: ${version} (${vendor?.name ?? 'unknown vendor'})`;
  if (Number.parseInt(String(version), 10) >= COUCHDB_MAJOR_MIN) return [well('versions', what)];
  return [problem('versions', what, `CouchDB ${COUCHDB_MAJOR_MIN} or newer is needed`)];
}

async function programVersion(program: string, option: string, version: RegExp): Promise<Finding> {
  const { found, stdout, stderr } = await commandOutput(program, [option]);
  const [, number] = version.exec(`${stdout}${stderr}`) ?? [];
  if (number !== undefined) return well('versions', `${program} ${number}`);
  const what = found ? `${program} does not tell its version` : `${program} is missing`;
  const name = program === 'ssh' ? 'openssh-client' : program;
  return problem('versions', what, `install it, on Debian: apt-get install ${name}`);
}

/** Actors of another version speak the same messages only by luck. */
function otherVersions({ actors }: Patient): Finding[] {
  const running = actors.filter(({ state }) => state !== 'stopped');
  return running
    .filter(({ version }) => version !== undefined && version !== productVersion())
    .map(({ site, name, host, version }) =>
      problem(
        'versions',
        `${name} of ${site} on ${host} is of version ${version}, here is ${productVersion()}`,
        'bring both hosts to the same version and start the actor again',
      ),
    );
}
