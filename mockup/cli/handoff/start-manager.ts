// A handoff manager with its live ports: this machine's files and commands, the clock, CouchDB.

import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTimestamp } from '../../core/timestamps.ts';
import { watchTree } from '../../dbb/files/watch-tree.ts';
import { remoteCommand } from '../../dbb/handoff/endpoint/endpoint-commands.ts';
import { HandoffManager } from '../../dbb/handoff/manager.ts';
import type { HandoffStatus } from '../../dbb/handoff/status.ts';
import { createAppendLogs } from '../../dbb/holding/append-logs.ts';
import { type DirectoryLock, lockDirectory } from '../../dbb/holding/directory-lock.ts';
import { createFileWork } from '../../dbb/holding/file-work-threads.ts';
import {
  openStateDirectory,
  removeEmptyDirectory,
  type StateDirectory,
} from '../../dbb/holding/state-directory.ts';
import { openManagerLog } from '../../dbb/log/manager-log.ts';
import { createHeapKeeper } from '../../dbb/process/heap-keeper.ts';
import type { CommandRunner } from '../../dbb/remote/command-runner.ts';
import { createSshConnection, type SshConnection } from '../../dbb/remote/ssh-connection.ts';
import { createSystemCommands } from '../../dbb/remote/system-commands.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { createNanoServer } from '../../platform/couch/nano-server.ts';
import { type Logger, silentLogger } from '../../platform/log/logger.ts';
import { Releases } from '../../platform/process/releases.ts';
import type { Random } from '../../platform/random/random.ts';
import { createSystemRandom } from '../../platform/random/system-random.ts';
import { openRecords } from '../own-database/records.ts';
import { withoutSecrets } from '../without-secrets.ts';
import type { Configured } from './configured.ts';

export interface StartOptions {
  /** Writes log lines to standard output. */
  write(text: string): void;
  /** Whether the configuration is logged. */
  dump?: boolean | undefined;
  onTick(status: HandoffStatus): void;
}

export interface StartedManager {
  manager: HandoffManager;
  /** Works until the manager is stopped, then releases everything. */
  run(): Promise<void>;
}

const COMMANDS_END_MS = 5000;

/** Throws AppError `locked` where another manager has the buffer. */
export async function startManager(
  configured: Configured,
  options: StartOptions,
): Promise<StartedManager> {
  const { configuration, buffer, holding, own, state, ownDirectory } = configured;
  const clock = createSystemClock();
  const random = createSystemRandom();
  const releases = new Releases();
  let manager: HandoffManager | undefined;
  const isTidy = () => manager?.isTidy ?? false;
  const { lock, directory } = holdBuffer(configured, { clock, random, releases, isTidy });
  const { log, close } = openManagerLog('hdfmgr', configuration.logging, options.write);
  releases.add(close);
  if (options.dump) {
    const { database, handoff, endpoint, general, logging } = configuration;
    const sections = { database, handoff, endpoint, general, logging };
    log.info({ configuration: withoutSecrets(sections) }, 'configuration');
  }
  const records = await openRecords(configuration.database.engine, { log, isPatient: true }).catch(
    async (error) => {
      await releases.release();
      throw error;
    },
  );
  releases.add(records.close);
  const commands = createSystemCommands();
  releases.add(() => commands.close(COMMANDS_END_MS));
  const connection = connectionOf(configured, commands);
  releases.add(() => connection?.close());
  const work = createFileWork();
  releases.add(() => work.close());
  const taken = join(own, 'taken');
  mkdirSync(taken, { recursive: true });

  const databases = createNanoServer(records.url, {
    clock,
    random,
    log: silentLogger,
    giveUpAfter_ms: 0,
  });
  const keepStatus = statusKeeper(directory, log);
  const journals = createAppendLogs(
    join(state, 'journal'),
    join(configured.spare, 'journal'),
    join(tmpdir(), `hdfmgr-${process.getuid?.() ?? 0}-${configured.bufferId}-journal`),
  );
  const created = new HandoffManager({
    ports: {
      clock,
      random,
      log,
      databases,
      commands,
      work,
      watchTree,
      journals,
      connection,
      keepHeapSmall: createHeapKeeper(),
    },
    place: {
      manager: configured.manager,
      managerId: directory.id,
      buffer,
      holding,
      taken,
      ownDirectory,
    },
    configuration,
    pid: process.pid,
    onTick(status) {
      lock.renew();
      keepStatus(status);
      options.onTick(status);
    },
  });
  manager = created;
  return {
    manager: created,
    run: async () => {
      try {
        await created.run();
      } finally {
        await releases.release();
      }
    },
  };
}

/** A full disk is no reason to stop: what is shipped makes room. */
function statusKeeper(directory: StateDirectory, log: Logger): (status: HandoffStatus) => void {
  let fails = false;
  return (status) => {
    try {
      directory.writeStatus(status);
      fails = false;
    } catch (error) {
      if (!fails) log.warn({ reason: (error as Error).message }, 'the status can’t be written');
      fails = true;
    }
  };
}

interface HoldOptions {
  clock: Clock;
  random: Random;
  releases: Releases;
  /** False where the next run must know this one's name. */
  isTidy(): boolean;
}

/** Takes the lock of the buffer and opens the manager's own directory there. */
function holdBuffer(
  { own, path, state, buffer, spare }: Configured,
  { clock, random, releases, isTidy }: HoldOptions,
) {
  const lock = lockDirectory({
    path: join(own, 'lock'),
    what: `hdfmgr run ${path}`,
    now_ms: () => clock.now(),
    started: formatTimestamp(clock.now()),
    spare,
  });
  const directory = openState(lock, () =>
    // Within the buffer it goes with that, wherever it is moved to.
    openStateDirectory(state, random.hex(12), {
      owner: state === own ? undefined : buffer,
      spare,
    }),
  );
  releases.add(() => {
    const cleared = isTidy() && removeEmptyDirectory(join(own, 'taken')) && directory.clear();
    lock.release();
    if (cleared) for (const place of [state, own]) removeEmptyDirectory(place);
  });
  return { lock, directory };
}

function openState<T>(lock: DirectoryLock, open: () => T): T {
  try {
    return open();
  } catch (error) {
    lock.release();
    throw error;
  }
}

function connectionOf(
  { configuration, bufferId }: Configured,
  commands: CommandRunner,
): SshConnection | undefined {
  const { remote, usesSsh } = configuration.commands;
  if (!usesSsh || !configuration.endpoint.shared_connection) return undefined;
  return createSshConnection({
    commands,
    clock: createSystemClock(),
    commandLine: (command) => remoteCommand(remote, command),
    name: bufferId,
  });
}
