// A handoff manager with its live ports: this machine's files and commands, the clock, CouchDB.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatTimestamp } from '../../core/timestamps.ts';
import type { HandoffConfiguration } from '../../dbb/handoff/configuration.ts';
import { createFence, fencedPorts } from '../../dbb/handoff/fenced-ports.ts';
import { HandoffManager } from '../../dbb/handoff/manager.ts';
import type { HandoffStatus } from '../../dbb/handoff/status.ts';
import { type DirectoryLock, lockDirectory } from '../../dbb/holding/directory-lock.ts';
import {
  openStateDirectory,
  removeEmptyDirectory,
  type StateDirectory,
} from '../../dbb/holding/state-directory.ts';
import { openManagerLog } from '../../dbb/log/manager-log.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { Releases } from '../../platform/process/releases.ts';
import type { Random } from '../../platform/random/random.ts';
import { createSystemRandom } from '../../platform/random/system-random.ts';
import { withoutSecrets } from '../dbb/without-secrets.ts';
import type { Configured } from './configured.ts';
import { openManagerPorts } from './manager-ports.ts';

export interface StartOptions {
  /** Writes log lines to standard output. */
  write(text: string): void;
  /** Whether the configuration is logged. */
  dump?: boolean | undefined;
  onTick(status: HandoffStatus): void;
}

export interface StartedManager {
  manager: HandoffManager;
  /** After somebody moved the log away; undefined where it is no file. */
  reopenLog: (() => void) | undefined;
  /** Works until the manager is stopped, then releases everything. */
  run(): Promise<void>;
}

/** Throws AppError `locked` where another manager has the buffer. */
export async function startManager(
  configured: Configured,
  options: StartOptions,
): Promise<StartedManager> {
  const { configuration, buffer, holding, own, ownDirectory } = configured;
  const clock = createSystemClock();
  const random = createSystemRandom();
  const releases = new Releases();
  let manager: HandoffManager | undefined;
  const isTidy = () => manager?.isTidy ?? false;
  const { lock, directory } = holdBuffer(configured, { clock, random, releases, isTidy });
  try {
    const { log, reopen, close } = openManagerLog('hdfmgr', configuration.logging, options.write);
    releases.add(close);
    if (options.dump) dump(configuration, log);
    const fence = createFence(lock, clock);
    const opened = await openManagerPorts(configured, { clock, random, log }, releases);
    const ports = fencedPorts(opened, fence);
    const taken = join(own, 'taken');
    mkdirSync(taken, { recursive: true });
    const keepStatus = statusKeeper(directory, log);
    const managerId = directory.id;
    const place = { manager: configured.manager, managerId, buffer, holding, taken, ownDirectory };
    const created = new HandoffManager({
      ...{ ports, place, configuration, pid: process.pid },
      onTick(status) {
        fence.renew();
        keepStatus(status);
        options.onTick(status);
      },
    });
    manager = created;
    return {
      manager: created,
      reopenLog: configuration.logging.file === null ? undefined : reopen,
      run: () => created.run().finally(() => releases.release()),
    };
  } catch (error) {
    await releases.release();
    throw error;
  }
}

function dump(configuration: HandoffConfiguration, log: Logger): void {
  const { database, handoff, endpoint, general, logging } = configuration;
  const sections = { database, handoff, endpoint, general, logging };
  log.info({ configuration: withoutSecrets(sections) }, 'configuration');
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
