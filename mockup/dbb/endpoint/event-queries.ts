// Every query of an endpoint's event database, each with its index.

import type { IngestStatus } from '../../core/dbb/ingest-events.ts';
import { anyValue, declareQuery } from '../../core/declared-query.ts';

/** Documents of a status in the order of their ids. */
export const BY_STATUS = ['status', '_id'] as const;
/** Failures that are tried again; other documents are not in it. */
export const BY_RETRY = ['retry_on'] as const;

/** Of a file, or of a request that was refused. */
export type DocumentStatus = IngestStatus | 'REFUSED';

const database = 'endpoint_events';

/** Those that follow an id (''; all), in the order of their ids. */
export const eventsOfStatus = declareQuery({
  database,
  index: BY_STATUS,
  query: (status: IngestStatus, after: string, limit: number) => ({
    selector: { status, _id: { $gt: after } },
    sort: BY_STATUS.map((field) => ({ [field]: 'asc' as const })),
    limit,
  }),
  example: ['UNTRIED', '', 100],
});

export const idsOfStatus = declareQuery({
  database,
  index: BY_STATUS,
  query: (status: DocumentStatus) => ({ selector: { status }, fields: ['_id'] }),
  example: ['FAILURE'],
});

export const someOfStatus = declareQuery({
  database,
  index: BY_STATUS,
  query: (status: DocumentStatus, limit: number) => ({ selector: { status }, limit }),
  example: ['FAILURE', 20],
});

export const eventsToRetry = declareQuery({
  database,
  index: BY_RETRY,
  query: () => ({ selector: { retry_on: anyValue } }),
  example: [],
});
