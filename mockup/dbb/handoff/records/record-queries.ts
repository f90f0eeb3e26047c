// Every query of the handoff manager's databases, each with its index.

import { declareQuery } from '../../../core/declared-query.ts';

export const BY_STATE = ['state'] as const;

/** Records of one manager in a state. */
export const recordsInState = declareQuery({
  database: 'handoff_file',
  index: BY_STATE,
  query: (state: string, manager: string, fields: string[]) => ({
    selector: { state, manager },
    fields,
  }),
  example: ['failed', 'host:buffer', ['_id']],
});
