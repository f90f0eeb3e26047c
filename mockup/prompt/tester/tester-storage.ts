// The storage client of who plays the telescope. An upload is a new object with the same bytes each
// time, so it may be sent again when a connection breaks.

import { IdempotencyStrategy, Storage } from '@google-cloud/storage';

export function openTesterStorage(projectId: string): Storage {
  const retryOptions = { idempotencyStrategy: IdempotencyStrategy.RetryAlways };
  return new Storage({ projectId, retryOptions });
}
