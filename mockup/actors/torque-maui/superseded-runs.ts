// What earlier attempts at a job have left, once a later one counts: it goes from the local cache,
// and the caches that were told of it are told to let it go.

import { databaseNames } from '../../core/databases.ts';
import { describeError } from '../../core/errors.ts';
import { documentId } from '../../core/identifiers.ts';
import type { PipelineProcessBody, WithdrawnBody } from '../../core/messages/message-bodies.ts';
import { withdrawnSelector } from '../../core/messages/selectors.ts';
import { type OusDocument, wasSuperseded } from '../../core/ous/ous.ts';
import { readOus } from '../../core/ous/reading.ts';
import type { RunIdentity } from '../../core/ous/run-identity.ts';
import {
  productsDirectoryName,
  runTimestampOf,
  weblogName,
} from '../../core/products/product-names.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { joinPath, pathInside } from '../../platform/files/paths.ts';
import { announcedOf, type Leaving, LeavingProof } from '../../platform/xtss/run-leavings.ts';

export interface SupersededRuns {
  job: PipelineProcessBody;
  /** The attempt that this process has, or had. */
  run: RunIdentity;
  /** How the names of the job's run directories begin. */
  jobDirectory: string;
  /** True where XTSS has said that this run speaks for the OUS: then no earlier one does. */
  hasBegun: boolean;
  /** Of this attempt, in the names of what it writes. */
  timestamp: string;
}

/** Can be repeated. */
export async function withdrawSuperseded(
  ports: ActorPorts,
  directories: { runsDirectory: string; cacheDirectory: string },
  about: SupersededRuns,
): Promise<void> {
  const { job, run } = about;
  const stored = await ports.databases
    .open(databaseNames.statusEntities)
    .get<OusDocument>(documentId(job.ousUID));
  const ous = stored && readOus(stored);
  const isReplaced = (other: RunIdentity): boolean => {
    if (other.assignment !== run.assignment) return false;
    const isEarlier = about.hasBegun && other.attempt < run.attempt;
    return isEarlier || (ous !== undefined && wasSuperseded(ous, other));
  };
  const { cacheDirectory } = directories;
  const announced = ous
    ? await announcedBy(ports, { ous, cacheDirectory, isReplaced, about })
    : [];
  const written = (await writtenBy(ports, directories.runsDirectory, about)).filter((left) =>
    isReplaced(left.run),
  );
  for (const { name } of [...announced, ...written]) {
    await ports.files.remove(pathInside(cacheDirectory, name));
  }
  await tellCaches(ports, job, announced);
  if (announced.length + written.length === 0) return;
  ports.log.info({ ousUid: job.ousUID, run }, 'what superseded runs left is withdrawn');
}

/** What the caches were told of; drivers on other machines told them too. */
async function announcedBy(
  ports: ActorPorts,
  of: {
    ous: OusDocument;
    cacheDirectory: string;
    isReplaced(run: RunIdentity): boolean;
    about: SupersededRuns;
  },
): Promise<Leaving[]> {
  const { job, run: ownRun, timestamp } = of.about;
  const own = [
    productsDirectoryName(job.progID, timestamp),
    `${weblogName(job.ousUID, timestamp)}.zip`,
  ];
  const announced = await announcedOf(ports, job.ousUID);
  const proof = new LeavingProof(ports, of);
  const leavings: Leaving[] = [];
  for (const { fileType, name, cachedAt, run } of announced) {
    if (cachedAt !== ports.site || !run || !of.isReplaced(run)) continue;
    const isOwn = own.includes(name) && !of.isReplaced(ownRun);
    const objection = isOwn
      ? `${name} is of this attempt`
      : await proof.objection({ fileType, name, run }, announced);
    if (objection === undefined) leavings.push({ fileType, name, run });
    else ports.log.warn({ ousUid: job.ousUID, name, run, objection }, 'not withdrawn');
  }
  return leavings;
}

/** What is in the run directories of this machine; it may have been copied, and announced or not. */
async function writtenBy(
  ports: ActorPorts,
  runsDirectory: string,
  { job, run, jobDirectory }: SupersededRuns,
): Promise<Leaving[]> {
  const found: Leaving[] = [];
  for (const { name } of await ports.files.list(runsDirectory)) {
    const attempt = name.startsWith(`${jobDirectory}_`) ? name.slice(jobDirectory.length + 1) : '';
    if (!/^\d{1,7}$/.test(attempt)) continue;
    const of = { assignment: run.assignment, attempt: Number(attempt) };
    for (const directory of await namesIn(ports, joinPath(runsDirectory, name))) {
      const timestamp = runTimestampOf(job.progID, directory);
      if (timestamp === undefined) continue;
      const weblog = `${weblogName(job.ousUID, timestamp)}.zip`;
      found.push({ fileType: 'productsdir', name: directory, run: of });
      found.push({ fileType: 'weblog', name: weblog, run: of });
    }
  }
  return found;
}

async function namesIn(ports: ActorPorts, directory: string): Promise<string[]> {
  try {
    return (await ports.files.list(directory)).map(({ name }) => name);
  } catch (error) {
    ports.log.debug({ directory, reason: describeError(error) }, 'nothing to be read there');
    return [];
  }
}

async function tellCaches(
  ports: ActorPorts,
  { ousUID, since }: PipelineProcessBody,
  announced: readonly Leaving[],
): Promise<void> {
  const tell = (site: typeof ports.site, { fileType, name, run }: Leaving) => {
    const body: WithdrawnBody = { fileType, name, ousUID, run };
    return ports.bus.send(withdrawnSelector(site), body, {
      ...(since !== undefined && { key: `withdrawn ${name}`, creationTimestamp: since }),
    });
  };
  for (const left of announced) {
    await tell('JAO', left);
    if (ports.site !== 'JAO' && left.fileType === 'weblog') await tell(ports.site, left);
  }
}
