// Whether the ports of a line can be had, told before anything is started.

import { createServer } from 'node:net';
import { AppError } from '../../core/errors.ts';

/** What every process of this product says that finds its port taken. */
export const PORT_IN_USE = /\bport (\d+) of \S+ is in use\b/;

export interface WantedPort {
  port: number;
  /** What for, in words. */
  what: string;
  /** What a person can do about it. */
  hint: string;
}

/** Throws AppError `port_in_use` that names the first port that somebody else has. */
export async function requireFreePorts(wanted: readonly WantedPort[]): Promise<void> {
  for (const { port, what, hint } of wanted) {
    if (port !== 0 && !(await isFree(port))) throw portInUse({ port, what, hint });
  }
}

/**
 * What ended a process of the line, told as `requireFreePorts` tells it where somebody else took
 * the port after it had looked.
 */
export function asPortInUse(error: unknown, wanted: readonly WantedPort[]): unknown {
  const [, taken] = PORT_IN_USE.exec(error instanceof Error ? error.message : '') ?? [];
  const found = wanted.find(({ port }) => String(port) === taken);
  return found ? portInUse(found) : error;
}

function portInUse({ port, what, hint }: WantedPort): AppError {
  return new AppError('port_in_use', `port ${port} is in use, needed for ${what}`, { hint });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
