// A port of a host on this machine's loopback address, for what looks at both hosts from outside:
// the table of OUSs, checkers, tests. It does not use the cable.

import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export interface Relay {
  port: number;
  close(): Promise<void>;
}

/** `port`: of this machine; 0: any free one. */
export async function openRelay(socket: string, port = 0): Promise<Relay> {
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    const target = connect(socket);
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.once('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    client.pipe(target);
    target.pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const one of open) one.destroy();
      }),
  };
}
