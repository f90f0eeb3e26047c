// All about one detector's visit, read from its document when somebody asks.

import type { DatabaseServer, Document } from '../../../mockup/platform/couch/database.ts';
import type { VisitDetail } from '../../protocol/json-api.ts';
import { countOf, fieldsOf, numberOf, textOf, timeOf } from '../summaries/reading.ts';
import { listOf, summariseVisit } from '../summaries/visit-summary.ts';
import { VISITS_DATABASE } from '../watch/visit-sink.ts';

const SHOWN_MAX = 200;

/** Undefined where it is not there any more. */
export async function readVisitDetail(
  server: DatabaseServer,
  id: string,
): Promise<VisitDetail | undefined> {
  const [found] = await server.open(VISITS_DATABASE).getMany<Document>([id]);
  return found && 'doc' in found ? visitDetail(found.doc) : undefined;
}

function visitDetail(doc: object): VisitDetail | undefined {
  const summary = summariseVisit(doc);
  if (!summary) return undefined;
  const fields = fieldsOf(doc);
  const visit = fieldsOf(fields.visit);
  const until = numberOf(fieldsOf(fields.claim).until);
  return {
    summary,
    filter: textOf(visit.filter),
    ra: numberOf(visit.ra),
    dec: numberOf(visit.dec),
    history: listOf(fields.history).slice(-SHOWN_MAX).map(historyStep),
    snaps: listOf(fields.snaps).slice(-SHOWN_MAX).map(snapOf),
    claimUntil_ms: until,
    subscription: textOf(fields.subscription),
    result: resultOf(fields.result),
  };
}

function historyStep(entry: unknown): VisitDetail['history'][number] {
  const { time, state, by, reason } = fieldsOf(entry);
  return {
    time_ms: timeOf(time),
    state: textOf(state) ?? '',
    by: textOf(by) ?? '',
    reason: textOf(reason),
  };
}

function snapOf(entry: unknown): VisitDetail['snaps'][number] {
  const { snap, exposureId, stored, arrived, late } = fieldsOf(entry);
  return {
    snap: numberOf(snap),
    exposure: textOf(exposureId) ?? '',
    stored_ms: timeOf(stored),
    arrived_ms: timeOf(arrived),
    late: late === true,
  };
}

function resultOf(value: unknown): VisitDetail['result'] {
  if (typeof value !== 'object' || value === null) return null;
  const { diaSources, diaObjects, alerts } = fieldsOf(value);
  return {
    diaSources: countOf(diaSources),
    diaObjects: countOf(diaObjects),
    alerts: countOf(alerts),
  };
}
