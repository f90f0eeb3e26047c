// Can the caches of other hosts be read: ssh without a question, rsync there, the directory there?

import { DEFAULT_RSH } from '../../platform/files/rsync-command.ts';
import { rsyncFailure } from '../../platform/files/rsync-failure.ts';
import { type CommandOutput, commandOutput } from './command-output.ts';
import { type Area, type Finding, problem, well } from './finding.ts';
import type { Patient, RemoteCache } from './patient.ts';

export async function examineRemoteCaches({ remoteCaches }: Patient): Promise<Finding[]> {
  return (await Promise.all(remoteCaches.map(examineRemoteCache))).flat();
}

/** Without ssh there is nothing to learn about rsync. */
async function examineRemoteCache({ executive, address }: RemoteCache): Promise<Finding[]> {
  const host = address.slice(0, address.indexOf(':'));
  const [ssh = '', ...options] = DEFAULT_RSH.split(' ');
  const login = await commandOutput(ssh, [...options, host, 'true']);
  const what = `${executive}: ssh ${host}`;
  if (login.exitCode !== 0) return [failed('ssh', what, login, address)];
  const list = await commandOutput('rsync', [
    ...['--list-only', '--dirs', '--protect-args', `--rsh=${DEFAULT_RSH}`, '--'],
    `${address}/`,
  ]);
  const works = well('ssh', `${what} works without a question`);
  const listing = `${executive}: rsync ${address}/`;
  if (list.exitCode !== 0) return [works, failed('rsync', listing, list, address)];
  return [works, well('rsync', `${listing} works`)];
}

function failed(area: Area, what: string, output: CommandOutput, from: string): Finding {
  if (!output.found) return problem(area, `${what}: there is no such program`, 'install it');
  const { exitCode, stderr } = output;
  const { hint } = rsyncFailure({ exitCode, signal: undefined, stderr, from });
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const end = exitCode === undefined ? 'it did not end in time' : `exit code ${exitCode}`;
  const said = lines.findLast((line) => !/^rsync error:/.test(line)) ?? end;
  const advice = /No such file/.test(stderr) ? `make the directory ${from}` : hint;
  return problem(area, `${what}: ${said.trim()}`, advice);
}
