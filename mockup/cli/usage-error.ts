// A command line that can't be used: exit code 2.

import { AppError, type AppErrorOptions } from '../core/errors.ts';

export class UsageError extends AppError {
  constructor(message: string, options: AppErrorOptions = {}) {
    super('bad_usage', message, options);
  }
}
