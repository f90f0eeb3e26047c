// Whether all that should be watched is watched. A server that has none of the workflow's databases
// serves other things (prompt processing, the buffer managers): there they are not missed. Nor are
// heartbeats where Python actors alone work: they write none.

import { databaseNames } from '../../../mockup/core/databases.ts';
import type { FeedSummary } from '../../protocol/summaries.ts';

const workflow = new Set<string>(Object.values(databaseNames));

export function areWell(feeds: readonly Pick<FeedSummary, 'id' | 'state'>[]): boolean {
  const own = feeds.filter(({ id }) => workflow.has(id));
  const others = feeds.filter(({ id }) => !workflow.has(id));
  const isWithoutWorkflow = own.every(({ state }) => state === 'absent') && others.length > 0;
  const isExpected = ({ id, state }: Pick<FeedSummary, 'id' | 'state'>): boolean =>
    id !== databaseNames.actors || state !== 'absent';
  const expected = isWithoutWorkflow ? others : feeds.filter(isExpected);
  return expected.every(({ state }) => state === 'live');
}
