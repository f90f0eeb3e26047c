// What Pub/Sub answers where it refuses: a status by its name, with the numbers that gRPC and HTTP
// give it (google.rpc.Code).

import { AppError } from '../../core/errors.ts';

const CODES = {
  CANCELLED: { grpc: 1, http: 499 },
  UNKNOWN: { grpc: 2, http: 500 },
  INVALID_ARGUMENT: { grpc: 3, http: 400 },
  DEADLINE_EXCEEDED: { grpc: 4, http: 504 },
  NOT_FOUND: { grpc: 5, http: 404 },
  ALREADY_EXISTS: { grpc: 6, http: 409 },
  RESOURCE_EXHAUSTED: { grpc: 8, http: 429 },
  FAILED_PRECONDITION: { grpc: 9, http: 400 },
  ABORTED: { grpc: 10, http: 409 },
  OUT_OF_RANGE: { grpc: 11, http: 400 },
  UNIMPLEMENTED: { grpc: 12, http: 501 },
  INTERNAL: { grpc: 13, http: 500 },
  UNAVAILABLE: { grpc: 14, http: 503 },
} as const;

export type StatusName = keyof typeof CODES;

export class PubsubError extends AppError {
  readonly status: StatusName;

  constructor(status: StatusName, message: string, options: { cause?: unknown } = {}) {
    super(`pubsub_${status.toLowerCase()}`, message, {
      ...options,
      retriable: status === 'UNAVAILABLE',
    });
    this.status = status;
  }

  get grpcCode(): number {
    return CODES[this.status].grpc;
  }

  get httpStatus(): number {
    return CODES[this.status].http;
  }
}

/** What a caller may see of any error: an unforeseen one keeps its text to itself. */
export function toPubsubError(error: unknown): PubsubError {
  if (error instanceof PubsubError) return error;
  if (error instanceof AppError && error.retriable) {
    return new PubsubError('UNAVAILABLE', 'the database is away', { cause: error });
  }
  return new PubsubError('INTERNAL', 'internal error', { cause: error });
}

export const invalid = (message: string): PubsubError =>
  new PubsubError('INVALID_ARGUMENT', message);
