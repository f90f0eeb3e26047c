// What the storage service answers where it refuses: an HTTP status and a reason, as the JSON API
// of Google Cloud Storage has them.

import { AppError } from '../../core/errors.ts';

export class StorageError extends AppError {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string, options: { cause?: unknown } = {}) {
    super(`storage_${reason}`, message, { ...options, retriable: status >= 500 });
    this.status = status;
    this.reason = reason;
  }
}

export const invalid = (message: string): StorageError =>
  new StorageError(400, 'invalid', message);
export const notFound = (what: string): StorageError =>
  new StorageError(404, 'notFound', `${what} is not there`);
export const conditionNotMet = (): StorageError =>
  new StorageError(
    412,
    'conditionNotMet',
    'At least one of the pre-conditions you specified did not hold.',
  );

/** What a caller may see of any error. */
export function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const { status } = (error ?? {}) as { status?: unknown };
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new StorageError(status, 'invalid', (error as Error).message.slice(0, 200));
  }
  if (error instanceof AppError && (error.retriable || error.outage)) {
    return new StorageError(503, 'backendError', error.message, { cause: error });
  }
  return new StorageError(500, 'internalError', 'internal error', { cause: error });
}
