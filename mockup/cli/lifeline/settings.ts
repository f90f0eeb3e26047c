// Pace and failure rate of a process that `draws up` started, as they are changed while it runs. They
// are environment variables, so that what it starts itself has them too.

import { readFromLine } from './line-protocol.ts';

export interface Settings {
  pace: number;
  failureRate: number;
}

export function settingsVariables({ pace, failureRate }: Settings): Record<string, string> {
  return { DRAWS_PACE: String(pace), DRAWS_FAILURE_RATE: String(failureRate) };
}

/** Does nothing in a process that no line started. */
export function followSettings(onSettings?: (settings: Settings) => void): void {
  if (!process.connected) return;
  process.on('message', (message) => {
    const told = readFromLine(message);
    if (told?.control !== 'settings') return;
    Object.assign(process.env, settingsVariables(told));
    onSettings?.(told);
  });
  // Listening keeps no process running.
  process.channel?.unref();
}

/** As many reviews fail as Pipeline runs; of the others eight in nine are a Pass. */
export function verdictShares(failureRate: number): {
  pass: number;
  semipass: number;
  fail: number;
} {
  return { pass: 8 * (1 - failureRate), semipass: 1 - failureRate, fail: 9 * failureRate };
}

/** As `draws aqua-qa2 --auto` takes it. */
export function verdictSharesText(failureRate: number): string {
  const shares = Object.entries(verdictShares(failureRate));
  return shares.map(([verdict, share]) => `${verdict}=${share}`).join(',');
}
