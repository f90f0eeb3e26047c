// Every query of database `visits`, with its index.

import { declareQuery } from '../../core/declared-query.ts';

export const BY_OPEN = ['open'] as const;

/** Visits that are not over, or whose subscription is left. */
export const openVisits = declareQuery({
  database: 'visits',
  index: BY_OPEN,
  query: () => ({ selector: { open: true } }),
  example: [],
});
