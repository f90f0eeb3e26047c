// Assigning an OUS: Processing, then the executive, then the Pipeline job. A tool that dies in
// between leaves an OUS in Processing whose history says where it was to go; whichever DRA tool
// of the site sees it next sends the job, once.

import { databaseNames } from '../../core/databases.ts';
import type { Executive } from '../../core/executives.ts';
import { documentId } from '../../core/identifiers.ts';
import { pipelineProcessSelector } from '../../core/messages/selectors.ts';
import { isBySite } from '../../core/ous/author-site.ts';
import { enteredState, type OusDocument } from '../../core/ous/ous.ts';
import { enteredAt, readOus } from '../../core/ous/reading.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { type KeyedMessage, wereSent } from '../../platform/bus/sent-messages.ts';
import { workOnDocuments } from '../../platform/couch/documents/document-work.ts';
import type { LiveDocuments } from '../../platform/couch/documents/live-documents.ts';
import { requestChange, type XtssRequestOptions } from '../../platform/xtss/xtss-client.ts';
import { assignmentCause, type DraOus } from './waiting-ous.ts';

const REPAIRS_AT_A_TIME = 4;

interface Job {
  ousUid: string;
  progId: string;
  recipe: string;
  location: Executive;
  /** When the OUS entered Processing. */
  since: string;
}

export interface Assignments {
  /**
   * False where the OUS has moved on, or another DRA tool was faster. Throws NoAnswerError where
   * XTSS does not answer; then the assignment is forgotten, or completed where XTSS had begun it.
   */
  assign(
    ous: DraOus,
    location: Executive,
    options: XtssRequestOptions,
    /** In whose name; default: this process's. */
    as?: ActorPorts,
  ): Promise<boolean>;
  stop(): Promise<void>;
}

export function createAssignments(
  ports: ActorPorts,
  documents: LiveDocuments<DraOus>,
): Assignments {
  const inFlight = new Set<string>();
  /** For OUSs in Processing: since when, once their job is known to have been sent. */
  const settled = new Map<string, string>();

  const repairs = workOnDocuments(ports, {
    documents,
    concurrency: REPAIRS_AT_A_TIME,
    handle: async (ous, signal) => {
      if (ous.state !== 'Processing') settled.delete(ous.id);
      if (inFlight.has(ous.id) || !isOfThisSite(ous, ports.site)) return;
      if (settled.get(ous.id) === ous.since) return;
      await completeWhereNeeded(ports, ous, { signal });
      settled.set(ous.id, ous.since);
    },
  });
  const forgetLeft = documents.onChange((ids) => {
    for (const id of ids) if (!documents.get(id)) settled.delete(id);
  });

  return {
    async assign(ous, location, options, as = ports) {
      inFlight.add(ous.id);
      const end = ports.activity.begin(`assignment of ${ous.ousUid} to ${location}`);
      try {
        const job = await takeForProcessing(as, ous, location, options);
        const isSent = job !== undefined && (await sendJob(as, job, options));
        if (isSent) settled.set(ous.id, job.since);
        return isSent;
      } finally {
        end();
        inFlight.delete(ous.id);
        repairs.wake(ous.id);
      }
    },
    stop: () => {
      forgetLeft();
      return repairs.stop();
    },
  };
}

function isOfThisSite(ous: DraOus, site: Executive): boolean {
  return ous.assignment !== undefined && isBySite(ous.assignment.by, site);
}

/** Sets Processing; undefined where the OUS can't be had. */
async function takeForProcessing(
  ports: ActorPorts,
  { ousUid, progId, recipe, since: readySince }: DraOus,
  location: Executive,
  options: XtssRequestOptions,
): Promise<Job | undefined> {
  const cause = assignmentCause(location, readySince);
  const outcome = await requestChange(
    ports,
    { operation: 'set-state', value: 'Processing', ousUID: ousUid, cause, since: readySince },
    options,
  );
  if (outcome !== 'done') return undefined;
  const database = ports.databases.open(databaseNames.statusEntities);
  const stored = await database.get<OusDocument>(documentId(ousUid));
  const ous = stored && readOus(stored);
  if (ous?.state !== 'Processing') return undefined;
  const since = enteredAt(ous);
  // An XTSS that keeps no history leaves no cause to know the own decision by.
  const entered = enteredState(ous)?.cause;
  if (entered !== undefined && entered !== cause) return undefined;
  return { ousUid, progId, recipe, location, since };
}

async function completeWhereNeeded(
  ports: ActorPorts,
  { ousUid, progId, recipe, since, assignment }: DraOus,
  options: XtssRequestOptions,
): Promise<void> {
  if (!assignment) return;
  const job = { ousUid, progId, recipe, since, location: assignment.location };
  const [isSent] = await wereSent(ports.databases, [messageOf(job)]);
  if (isSent) return;
  ports.log.info({ ous: ousUid, location: job.location }, 'completing an assignment');
  await sendJob(ports, job, options);
}

/** Safe to repeat; false where the OUS has moved on. */
async function sendJob(
  ports: ActorPorts,
  job: Job,
  options: XtssRequestOptions,
): Promise<boolean> {
  const { ousUid, progId, recipe, location, since } = job;
  const cause = `executive ${location} for ${since}`;
  const outcome = await requestChange(
    ports,
    { operation: 'set-exec', value: location, ousUID: ousUid, cause, since },
    options,
  );
  if (outcome !== 'done') return false;
  const { selector, ...identity } = messageOf(job);
  const assignment = documentId(`${ousUid}.${since}`);
  const body = { ousUID: ousUid, recipe, progID: progId, since, assignment };
  await ports.bus.send(selector, body, identity);
  ports.activity.count('assignments');
  ports.log.info({ ous: ousUid, recipe, location }, 'assigned');
  return true;
}

function messageOf({ ousUid, location, since }: Job): KeyedMessage {
  return {
    selector: pipelineProcessSelector(location),
    key: `job ${ousUid} ${since}`,
    creationTimestamp: since,
  };
}
