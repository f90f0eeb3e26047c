// A database that the managers run themselves (`engine: sqlite:///…`): the first that needs it starts
// a process that serves its directory on this machine alone; others find that; it ends with the last
// of them. Where it is killed its users start it again, at the same address.

import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AppError, describeError } from '../../../core/errors.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import { machineIdentity } from '../../../platform/process/machine-identity.ts';
import { moduleEnding } from '../../../platform/process/start-thread.ts';
import { UsageError } from '../../usage-error.ts';
import { type OwnAddress, readMeetingPlace, urlOfOwn } from './meeting-place.ts';
import type { ServeReply, ServeRequest } from './protocol.ts';

export interface OwnDatabase {
  /** With user and password; stays the same. */
  readonly url: string;
  /** Resolves when it has ended, where nobody else uses it. */
  close(): Promise<void>;
}

export interface OwnDatabaseOptions {
  log: Logger;
  /** True for one that goes on where it can't be started now, as where its disk is full. */
  isPatient: boolean;
}

interface Session {
  address: OwnAddress;
  socket: Socket;
}

type Wanted = ServeRequest['wanted'];

const JOIN_LIMIT_MS = 30_000;
const AGAIN_MS = 100;
const RESTART_DELAYS_MS = [0, 200, 1000, 5000, 15_000];
const LEAVE_LIMIT_MS = 10_000;
const USER = 'dbb';
const module = `./own-database-process.${moduleEnding(import.meta.url)}`;

/** Throws UsageError for a path that is none, AppError where it can't be started. */
export async function openOwnDatabase(
  directory: string,
  { log, isPatient }: OwnDatabaseOptions,
): Promise<OwnDatabase> {
  refuseFile(directory);
  const wanted = { port: 0, user: USER, password: randomBytes(24).toString('hex') };
  let session = await join(directory, wanted).catch((error) => {
    if (!isPatient) throw error;
    log.error({ reason: describeError(error) }, 'its own database can’t be started; trying again');
    return undefined;
  });
  // An address is needed now; the server comes to it when it can.
  const own: Wanted = session?.address ?? { ...wanted, port: await freePort() };
  const url = urlOfOwn({ ...own } as OwnAddress);
  let isClosed = false;

  const keep = (joined: Session): void => {
    session = joined;
    if (urlOfOwn(joined.address) !== url) {
      log.error({}, 'its own database has another address now: start this manager again');
    }
    joined.socket.once('close', () => {
      session = undefined;
      if (isClosed) return;
      log.warn({}, 'its own database ended; starting it again');
      void rejoin();
    });
  };
  const rejoin = async (): Promise<void> => {
    for (let attempt = 0; !isClosed && !session; attempt++) {
      await sleep(RESTART_DELAYS_MS[attempt] ?? RESTART_DELAYS_MS.at(-1), undefined, {
        ref: false,
      });
      const joined = await join(directory, own).catch(() => undefined);
      if (joined && isClosed) joined.socket.destroy();
      else if (joined) keep(joined);
    }
  };
  if (session) keep(session);
  else void rejoin();
  return {
    url,
    async close() {
      isClosed = true;
      const { socket } = session ?? {};
      if (!socket || socket.destroyed) return;
      const closed = once(socket, 'close');
      socket.end();
      const limit = setTimeout(() => socket.destroy(), LEAVE_LIMIT_MS);
      await closed;
      clearTimeout(limit);
    },
  };
}

function refuseFile(directory: string): void {
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (!stats || stats.isDirectory()) return;
  throw new UsageError(`database.engine: ${directory} is a file, not a directory`, {
    hint: 'the database of a Python manager stays as it is: give another path',
  });
}

/** Finds the process that serves the directory, or starts it. */
async function join(directory: string, wanted: Wanted): Promise<Session> {
  const end_ms = performance.now() + JOIN_LIMIT_MS;
  for (;;) {
    const known = readMeetingPlace(directory);
    const found = known && known.machine === machineIdentity() && (await greet(known));
    if (found) return found;
    const started = await startServing({ directory, wanted });
    if ('socket' in started) return started;
    // Somebody else was quicker, or is about to leave.
    const isTaken = started.code === 'directory_in_use';
    if (!isTaken || performance.now() > end_ms) {
      const { code, message, hint } = started;
      throw new AppError(code, `the database ${directory}: ${message}`, { hint });
    }
    await sleep(AGAIN_MS);
  }
}

type Failed = Extract<ServeReply, { kind: 'failed' }>;

async function startServing(request: ServeRequest): Promise<Session | Failed> {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), [], {
    // Ctrl-C is for the manager: it ends with that.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: withoutDebugging(process.env),
  });
  const failed = (message: string): Failed => ({
    ...{ kind: 'failed', code: 'no_own_database', message, hint: undefined },
  });
  const reply = await new Promise<ServeReply>((resolve) => {
    child.once('error', (error) => resolve(failed(error.message)));
    child.once('exit', (code, signal) => resolve(failed(`it ended (${code ?? signal})`)));
    child.once('message', (message) => resolve(message as ServeReply));
    child.send(request, () => {});
  });
  try {
    if (reply.kind === 'failed') return reply;
    return (await greet(reply.address)) ?? failed('it does not answer');
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** Undefined where nobody is there who knows the token. */
async function greet(address: OwnAddress): Promise<Session | undefined> {
  const socket = connect({ port: address.control, host: '127.0.0.1' });
  socket.setTimeout(5000, () => socket.destroy());
  socket.on('error', () => {});
  socket.write(`${address.token}\n`);
  const isWelcome = await new Promise<boolean>((resolve) => {
    socket.once('data', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
  if (!isWelcome) return undefined;
  socket.setTimeout(0);
  socket.resume();
  return { address, socket };
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

function withoutDebugging(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, ...others } = env;
  return others;
}
