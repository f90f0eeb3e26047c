// What earlier attempts at a job have left, once a later one counts: it goes from the local cache,
// and the caches that were told of it are told to let it go.

import { databaseNames } from '../../core/databases.ts';
import { describeError } from '../../core/errors.ts';
import { documentId } from '../../core/identifiers.ts';
import {
  cachedBody,
  type PipelineProcessBody,
  type WithdrawnBody,
} from '../../core/messages/message-bodies.ts';
import { cachedSelector, withdrawnSelector } from '../../core/messages/selectors.ts';
import { type OusDocument, wasSuperseded } from '../../core/ous/ous.ts';
import { readOus } from '../../core/ous/reading.ts';
import type { RunIdentity } from '../../core/ous/run-identity.ts';
import { runTimestampOf, weblogName } from '../../core/products/product-names.ts';
import { messagesAboutOus } from '../../core/queries.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import type { Document } from '../../platform/couch/database.ts';
import { joinPath, pathInside } from '../../platform/files/paths.ts';

/** More than the attempts at one job send. */
const MESSAGES_MAX = 1000;

export interface SupersededRuns {
  job: PipelineProcessBody;
  /** The attempt that this process has, or had. */
  run: RunIdentity;
  /** How the names of the job's run directories begin. */
  jobDirectory: string;
  /** True where XTSS has said that this run speaks for the OUS: then no earlier one does. */
  hasBegun: boolean;
}

interface Leavings {
  fileType: WithdrawnBody['fileType'];
  name: string;
  run: RunIdentity;
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
  const announced = (await announcedBy(ports, job.ousUID)).filter((left) => isReplaced(left.run));
  const written = (await writtenBy(ports, directories.runsDirectory, about)).filter((left) =>
    isReplaced(left.run),
  );
  for (const { name } of [...announced, ...written]) {
    await ports.files.remove(pathInside(directories.cacheDirectory, name));
  }
  await tellCaches(ports, job, announced);
  if (announced.length + written.length === 0) return;
  ports.log.info({ ousUid: job.ousUID, run }, 'what superseded runs left is withdrawn');
}

/** What the caches were told of; drivers on other machines told them too. */
async function announcedBy(ports: ActorPorts, ousUid: string): Promise<Leavings[]> {
  const database = ports.databases.open(databaseNames.messages);
  const fields = ['_id', 'selector', 'body'];
  const found = await database.find<Document & { selector?: unknown; body?: unknown }>(
    messagesAboutOus(ousUid, fields, MESSAGES_MAX),
  );
  return found.flatMap(({ selector, body }) => {
    const { data } = cachedBody.safeParse(body);
    if (selector !== cachedSelector('JAO') || !data?.run) return [];
    if (data.cachedAt !== ports.site) return [];
    return [{ fileType: data.fileType, name: data.name, run: data.run }];
  });
}

/** What is in the run directories of this machine; it may have been copied, and announced or not. */
async function writtenBy(
  ports: ActorPorts,
  runsDirectory: string,
  { job, run, jobDirectory }: SupersededRuns,
): Promise<Leavings[]> {
  const found: Leavings[] = [];
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
  announced: readonly Leavings[],
): Promise<void> {
  const tell = (site: typeof ports.site, { fileType, name, run }: Leavings) => {
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
