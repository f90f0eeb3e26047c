// An actor that does one thing and ends with an exit code, like the pipeline and its driver.

import { describeError } from '../../core/errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Actor } from './actor.ts';

/** What a shell shows for a program that was asked to end (128 + SIGTERM). */
const STOPPED_EXIT_CODE = 143;

/** `work` gives the exit code; an error is logged and becomes exit code 1. `stop` aborts it. */
export function runOnce(
  ports: { log: Logger },
  work: (signal: AbortSignal) => Promise<number>,
): Actor {
  const stopping = new AbortController();
  const finished = work(stopping.signal).then(
    (exitCode) => ({ exitCode }),
    (error) => {
      if (stopping.signal.aborted) return { exitCode: STOPPED_EXIT_CODE };
      ports.log.error({}, describeError(error));
      ports.log.debug({ err: error }, 'where it came from');
      return { exitCode: 1 };
    },
  );
  return {
    finished,
    stop: async () => {
      stopping.abort(new Error('asked to stop'));
      await finished;
    },
  };
}
