// The life of a long-running process: started, stopped gracefully by the first SIGTERM or SIGINT
// (or when the parent that started it died), forced by the second one or after a limit; then it
// ends by that same signal, so that whoever waits for it knows why.

import { whenParentDies } from '../../platform/process/lifeline.ts';

export interface Running {
  stop(): Promise<void>;
  /** Settles where it ends by itself. */
  finished?: Promise<{ exitCode: number }> | undefined;
}

export interface StopOptions {
  /** Of a graceful stop; without it the process ends by the signal that stopped it. */
  exitCode?: number;
  /** What SIGHUP does, where it does not stop. */
  onHangUp?: (() => void) | undefined;
}

const STOP_LIMIT_MS = 10_000;
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Runs what `start` starts until it ends by itself (gives its exit code) or a signal came (gives the
 * exit code of a graceful stop, or never returns). `start` gets a signal that is aborted when the
 * process must end meanwhile.
 */
export async function runUntilStopped(
  start: (stopping: AbortSignal) => Promise<Running>,
  options: StopOptions = {},
): Promise<number> {
  const stopping = new AbortController();
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      if (signal === 'SIGHUP' && options.onHangUp) {
        options.onHangUp();
        return;
      }
      if (stopping.signal.aborted) endBy(signal);
      stopping.abort(new Error(`stopped by ${signal}`));
      setTimeout(() => endBy(signal), STOP_LIMIT_MS).unref();
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
    whenParentDies(() => onSignal('SIGTERM'));
  });
  const starting = start(stopping.signal);
  // Where it is signalled first, its end by the abort is no error.
  starting.catch(() => {});
  const ended = starting.then(async (running) => {
    try {
      return await (running.finished ?? signalled);
    } catch (error) {
      // It can't go on: what it holds is released before that is told.
      await running.stop();
      throw error;
    }
  });
  const first = await Promise.race([signalled, ended]);
  if (typeof first === 'object') {
    await (await starting).stop();
    return first.exitCode;
  }
  try {
    const running = await starting.catch(() => undefined);
    await running?.stop();
  } catch (error) {
    if (options.exitCode !== undefined) throw error;
  }
  if (options.exitCode === undefined) endBy(first);
  return options.exitCode ?? 1;
}

function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
