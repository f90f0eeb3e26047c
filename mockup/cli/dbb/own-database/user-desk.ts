// Who uses a database: each keeps a connection open, so that one who is killed is gone at once. When
// the last one leaves, the database ends.

import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';

export interface UserDesk {
  readonly port: number;
  readonly token: string;
  readonly users: number;
  /** Lets nobody in any more. */
  shut(): void;
  /** Ends the connections that are left: their users see that all is closed. */
  close(): void;
}

/** A caller that is not known by then is sent away. */
const GREETING_LIMIT_MS = 2000;
const LINE_MAX = 200;

/** `onLast`: the last user leaves; true where all ends with that, and it waits to see the end. */
export async function openUserDesk(onLast: () => boolean): Promise<UserDesk> {
  const token = randomBytes(24).toString('hex');
  const users = new Set<Socket>();
  let isShut = false;
  const leave = (socket: Socket): void => {
    if (!users.has(socket)) return;
    if (users.size === 1 && onLast()) return;
    users.delete(socket);
    socket.end();
  };
  const greet = (socket: Socket): void => {
    let text = '';
    const limit = setTimeout(() => socket.destroy(), GREETING_LIMIT_MS);
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (text.length > LINE_MAX) return void socket.destroy();
      if (!text.includes('\n')) return;
      clearTimeout(limit);
      socket.off('data', onData);
      if (isShut || text !== `${token}\n`) return void socket.destroy();
      users.add(socket);
      socket.resume();
      socket.write('welcome\n');
    };
    socket.on('data', onData);
    socket.on('error', () => {});
    socket.on('end', () => leave(socket));
    socket.on('close', () => {
      clearTimeout(limit);
      leave(socket);
    });
  };
  // A user that leaves waits for the end of the connection, so it is closed by this side.
  const server: Server = createServer({ allowHalfOpen: true }, greet);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    token,
    get users() {
      return users.size;
    },
    shut() {
      isShut = true;
      server.close();
    },
    close() {
      for (const socket of users) socket.destroy();
    },
  };
}
