// What the JSON API refuses, and what it says where the database does not answer.

import { AppError, describeError } from '../../../mockup/core/errors.ts';
import type { ErrorAnswer } from '../../protocol/json-api.ts';

export class ApiError extends AppError {
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(code, message);
    this.status = status;
  }
}

export function badParameter(message: string): ApiError {
  return new ApiError(400, 'bad_parameter', message);
}

export function notFound(message: string): ApiError {
  return new ApiError(404, 'not_found', message);
}

/** Status and body for anything that was thrown; nothing of the inside is told. */
export function errorAnswer(error: unknown): { status: number; body: ErrorAnswer } {
  const answer = (status: number, code: string, message: string) => ({
    status,
    body: { error: { code, message } },
  });
  if (error instanceof ApiError) return answer(error.status, error.code, error.message);
  if (error instanceof AppError) return answer(503, error.code, describeError(error));
  const { status } = (error ?? {}) as { status?: unknown };
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return answer(status, 'bad_request', 'this request can not be understood');
  }
  return answer(500, 'internal_error', 'the dashboard failed to answer');
}
