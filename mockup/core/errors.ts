// One base error for everything that may reach a person: a stable code to test for, a hint that
// says what to do, and whether the same call can succeed later without anybody mending anything.

export interface AppErrorOptions {
  /** What the person who reads the line can do about it. */
  hint?: string | undefined;
  /** True where the same call may succeed later by itself. */
  retriable?: boolean;
  /** True where the site is at fault and not the input: it lasts until somebody mends the site. */
  outage?: boolean;
  cause?: unknown;
}

export class AppError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly retriable: boolean;
  readonly outage: boolean;

  constructor(code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.retriable = options.retriable ?? false;
    this.outage = options.outage ?? false;
  }
}

/** Input from outside that can't be used: a message, a document, an argument, a file name. */
export class InvalidInputError extends AppError {
  constructor(message: string, options: AppErrorOptions = {}) {
    super('invalid_input', message, options);
  }
}

/** True for an error that the same call may get over by itself. */
export function isRetriable(error: unknown): boolean {
  return error instanceof AppError && error.retriable;
}

/** True where the same call succeeds once the site is mended: a full disk, a refused ssh key. */
export function isOutage(error: unknown): boolean {
  return error instanceof AppError && error.outage;
}

/** One line for a person: the message, and the hint where there is one. */
export function describeError(error: unknown): string {
  if (error instanceof AppError && error.hint) return `${error.message} (${error.hint})`;
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}
