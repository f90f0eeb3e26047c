// Messages that arrive twice and out of order, done to the database as another receiver or another
// replication could: without the bus.

import { databaseNames } from '../../mockup/core/databases.ts';
import type { Document } from '../../mockup/platform/couch/database.ts';
import { integerBetween, type Random } from '../../mockup/platform/random/random.ts';
import { couchRequest } from '../../mockup/replication/couch-request.ts';
import type { ReplicatedSite } from '../../mockup/replication/plan.ts';
import type { ChaosSite } from './chaos-world.ts';

const ANSWER = /^[0-9a-f]{32}$/;
const MESSAGES = databaseNames.messages;

interface Stored extends Document {
  _rev: string;
  selector: string;
}

const serverOf = ({ url }: ChaosSite): ReplicatedSite => ({ executive: 'JAO', url });

async function someMessages(site: ChaosSite, count: number, random: Random): Promise<Stored[]> {
  const path = `/${MESSAGES}/_all_docs?include_docs=true`;
  const { rows } = (await couchRequest(serverOf(site), path)).body as { rows: { doc: Stored }[] };
  const messages = rows
    .map(({ doc }) => doc)
    .filter(({ selector }) => typeof selector === 'string' && !ANSWER.test(selector));
  const chosen: Stored[] = [];
  while (chosen.length < count && messages.length > 0) {
    chosen.push(...messages.splice(integerBetween(random, 0, messages.length - 1), 1));
  }
  return chosen;
}

/**
 * Sends copies of messages, most of them handled long ago. A copy keeps its time, so it comes
 * before newer ones. Gives how many.
 */
export async function sendCopies(site: ChaosSite, count: number, random: Random): Promise<number> {
  const messages = await someMessages(site, count, random);
  const docs = messages.map(({ _id, _rev, delivery, ...rest }) => ({
    ...rest,
    _id: `${_id.slice(0, -32)}${random.hex(32)}`,
    consumed: false,
  }));
  await couchRequest(serverOf(site), `/${MESSAGES}/_bulk_docs`, {
    method: 'POST',
    body: { docs },
  });
  return docs.length;
}

/** Replicates first revisions of messages once more, from when nobody had taken them. */
export async function replayOldRevisions(
  site: ChaosSite,
  count: number,
  random: Random,
): Promise<number> {
  const messages = await someMessages(site, count, random);
  let replayed = 0;
  for (const { _id } of messages) {
    const path = `/${MESSAGES}/${encodeURIComponent(_id)}?revs=true`;
    const { body } = await couchRequest(serverOf(site), path);
    const { _revisions, _rev, delivery, ...content } = body as Stored & {
      _revisions: { start: number; ids: string[] };
    };
    const first = _revisions.ids.at(-1);
    if (_revisions.start !== _revisions.ids.length || first === undefined) continue;
    const doc = {
      ...content,
      consumed: false,
      _rev: `1-${first}`,
      _revisions: { start: 1, ids: [first] },
    };
    const write = { docs: [doc], new_edits: false };
    await couchRequest(serverOf(site), `/${MESSAGES}/_bulk_docs`, { method: 'POST', body: write });
    replayed += 1;
  }
  return replayed;
}
