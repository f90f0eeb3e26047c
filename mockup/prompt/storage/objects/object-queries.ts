// Every query of the storage server, with its index.

import { declareQuery } from '../../../core/declared-query.ts';

export const BY_ANNOUNCING = ['announcing'] as const;

/** Objects of which a generation is still to be announced. */
export const objectsToAnnounce = declareQuery({
  database: 'storage',
  index: BY_ANNOUNCING,
  query: () => ({ selector: { announcing: true } }),
  example: [],
});
