// The log of a one-shot command that a person runs: problems as one line, as for every command.

import { describeError } from '../../core/errors.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { CommandContext } from '../command.ts';

/** Says nothing of what went well. */
export function createPlainLog(context: CommandContext): Logger {
  const tell = (fields: object, message: string): void => {
    const { err } = fields as { err?: unknown };
    const text = err === undefined ? message : describeError(err);
    context.warn(`draws: ${text.replaceAll('\n', ' ')}`);
  };
  const nothing = (): void => {};
  const log: Logger = {
    ...{ debug: nothing, info: nothing, warn: tell, error: tell },
    child: () => log,
  };
  return log;
}
