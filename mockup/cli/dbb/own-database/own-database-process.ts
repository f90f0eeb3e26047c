// The process behind `engine: sqlite:///…`: the embedded server on one directory, for the managers
// that use it. It ends with the last of them, however that ends.

import { AppError, describeError } from '../../../core/errors.ts';
import { type CouchServer, startCouchServer } from '../../../couch-server/server.ts';
import { machineIdentity } from '../../../platform/process/machine-identity.ts';
import { clearMeetingPlace, writeMeetingPlace } from './meeting-place.ts';
import type { ServeReply, ServeRequest } from './protocol.ts';
import { openUserDesk, type UserDesk } from './user-desk.ts';

process.title = 'dbb-database';

function reply(message: ServeReply): void {
  if (process.connected) process.send?.(message, () => {});
}

/** The port that was asked for, or any where somebody else has that. */
async function start({ directory, wanted }: ServeRequest): Promise<CouchServer> {
  const options = { directory, admins: { [wanted.user]: wanted.password } };
  try {
    return await startCouchServer({ ...options, port: wanted.port });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'port_in_use') throw error;
    return startCouchServer({ ...options, port: 0 });
  }
}

async function serve(request: ServeRequest): Promise<void> {
  const server = await start(request);
  let isEnding = false;
  const end = async (): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    desk.shut();
    clearMeetingPlace(request.directory);
    await server.close();
    desk.close();
    process.exit(0);
  };
  const onLast = (): boolean => {
    // Whoever started it comes by this channel first.
    if (process.connected) return false;
    void end();
    return true;
  };
  const desk: UserDesk = await openUserDesk(onLast);
  process.once('disconnect', () => {
    if (desk.users === 0) void end();
  });
  // A service manager signals all processes of a service: its users still have records to write.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (desk.users === 0) void end();
    });
  }
  const { user, password } = request.wanted;
  const address = {
    ...{ pid: process.pid, machine: machineIdentity(), port: server.port, user, password },
    ...{ control: desk.port, token: desk.token },
  };
  writeMeetingPlace(request.directory, address);
  reply({ kind: 'serving', address });
  if (!process.connected && desk.users === 0) void end();
}

let isAsked = false;
process.once('disconnect', () => {
  // Whoever started it is gone.
  if (!isAsked) process.exit(0);
});

process.once('message', (request: ServeRequest) => {
  isAsked = true;
  serve(request).catch((error) => {
    const code = error instanceof AppError ? error.code : 'failed';
    const hint = error instanceof AppError ? error.hint : undefined;
    reply({ kind: 'failed', code, message: describeError(error), hint });
    process.disconnect?.();
    process.exit(1);
  });
});
