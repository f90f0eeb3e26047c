// The lines of an input, one at a time as they are asked for. Nothing is read before the first
// question; while nobody asks, the input is paused and does not keep the process running.

import { readLines } from '../process/bounded-lines.ts';

export interface InputLines {
  /** The next line; undefined at the end of the input or when the signal is aborted. */
  next(signal: AbortSignal): Promise<string | undefined>;
}

export function createInputLines(input: NodeJS.ReadableStream): InputLines {
  const kept: string[] = [];
  let started = false;
  let ended = false;
  let wake: (() => void) | undefined;

  const start = () => {
    if (started) input.resume();
    else {
      readLines(
        input,
        (line) => {
          kept.push(line);
          wake?.();
        },
        () => {
          ended = true;
          wake?.();
        },
      );
    }
    started = true;
  };

  const wakened = async (signal: AbortSignal) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    signal.addEventListener('abort', wake, { once: true });
    start();
    await promise;
    signal.removeEventListener('abort', wake);
    wake = undefined;
  };

  return {
    async next(signal) {
      while (!signal.aborted) {
        const line = kept.shift();
        if (line !== undefined) return line;
        if (ended) return undefined;
        await wakened(signal);
        input.pause();
      }
      return undefined;
    },
  };
}
