// Opening a port: an error that a person can act on, and a close that does not wait for browsers.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '../../core/errors.ts';

export interface ListenOptions {
  host: string;
  /** 0: any free port. */
  port: number;
}

/**
 * Resolves with the address of the server. Throws AppError `port_in_use`, or `listen_failed`
 * where the port or the host can't be had for another reason.
 */
export async function listen(server: Server, { host, port }: ListenOptions): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(toListenError(error, host, port)));
    server.listen(port, host, () => resolve());
  });
  const { port: bound } = server.address() as AddressInfo;
  return `http://${shownHost(host)}:${bound}`;
}

/** Ends open connections too; nothing happens where the server is closed already. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function toListenError(cause: NodeJS.ErrnoException, host: string, port: number): AppError {
  if (cause.code === 'EADDRINUSE') {
    return new AppError('port_in_use', `port ${port} of ${host} is in use`, {
      hint: 'stop the program that has it, or choose another port',
      cause,
    });
  }
  const hint = cause.code === 'EACCES' ? 'choose a port above 1023' : undefined;
  const message = `can't listen on port ${port} of ${host}: ${cause.message}`;
  return new AppError('listen_failed', message, { hint, cause });
}
