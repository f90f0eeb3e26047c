// Whether the ports of a line can be had, told before anything is started.

import { createServer } from 'node:net';
import { AppError } from '../../core/errors.ts';

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
    if (port !== 0 && !(await isFree(port))) {
      throw new AppError('port_in_use', `port ${port} is in use, needed for ${what}`, { hint });
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
