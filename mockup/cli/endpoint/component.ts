// One component of the endpoint manager as this process: live ports, its log, start, signals, and
// release of all that was acquired.

import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { openManagerLog } from '../../dbb/log/manager-log.ts';
import { createWorkerProcesses } from '../../dbb/process/worker-process.ts';
import { createStorageWork } from '../../dbb/storage/storage-work-threads.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { createChangesPages } from '../../platform/couch/changes-pages.ts';
import { createNanoServer } from '../../platform/couch/nano-server.ts';
import { silentLogger } from '../../platform/log/logger.ts';
import { isProcessGone, machineIdentity } from '../../platform/process/machine-identity.ts';
import { Releases } from '../../platform/process/releases.ts';
import { createSystemRandom } from '../../platform/random/system-random.ts';
import type { CommandContext } from '../command.ts';
import { type Running, runUntilStopped } from '../run-until-stopped.ts';
import { type EndpointConfiguration, urlOf } from './configured.ts';

export interface ComponentOptions {
  /** `finder`, …: in its log. */
  name: string;
  configuration: EndpointConfiguration;
  /** Threads that compute checksums. */
  readers?: number;
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const worker = fileURLToPath(new URL(`../endmgr-plugin-worker.${extension}`, import.meta.url));

export const startPluginProcess = createWorkerProcesses(worker);

/** Runs until it ends by itself or a signal comes; leaves the exit code. */
export async function runComponent(
  options: ComponentOptions,
  context: CommandContext,
  start: (ports: ReturnType<typeof livePorts>) => Promise<Running>,
): Promise<void> {
  const exitCode = await runUntilStopped(async (stopping): Promise<Running> => {
    const releases = new Releases();
    const { log, close } = openManagerLog(
      options.name,
      options.configuration.logging,
      (text) => void context.stdout.write(text),
    );
    releases.add(close);
    const ports = livePorts(options, log, stopping);
    releases.add(() => ports.work.close());
    try {
      const running = await start(ports);
      const stop = async (): Promise<void> => {
        try {
          await running.stop();
          log.info({}, 'stopped');
        } finally {
          await releases.release();
        }
      };
      return { stop, finished: running.finished };
    } catch (error) {
      await releases.release();
      throw error;
    }
  });
  context.exitWith(exitCode);
}

function livePorts(
  { configuration, readers }: ComponentOptions,
  log: ReturnType<typeof openManagerLog>['log'],
  signal: AbortSignal,
) {
  const clock = createSystemClock();
  const random = createSystemRandom();
  const couchUrl = urlOf(configuration);
  const shared = { clock, random, signal };
  return {
    ...{ clock, random, log, isProcessGone },
    databases: createNanoServer(couchUrl, { ...shared, log }),
    changesOf: (database: string) =>
      createChangesPages({ ...shared, couchUrl, database, log: silentLogger }),
    work: createStorageWork(readers === undefined ? {} : { readers }),
    startProcess: startPluginProcess,
    self: {
      host: hostname(),
      machine: machineIdentity(),
      pid: process.pid,
      instance: random.hex(16),
    },
  };
}
