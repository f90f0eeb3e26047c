// One component of the endpoint manager as this process: live ports, its log, start, signals, and
// release of all that was acquired.

import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { openManagerLog } from '../../dbb/log/manager-log.ts';
import { createWorkerProcesses } from '../../dbb/process/worker-process.ts';
import { createStorageWork } from '../../dbb/storage/storage-work-threads.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { createChangesPages } from '../../platform/couch/feeds/changes-pages.ts';
import { createNanoServer } from '../../platform/couch/nano/nano-server.ts';
import { type Logger, silentLogger } from '../../platform/log/logger.ts';
import { isProcessGone, machineIdentity } from '../../platform/process/machine-identity.ts';
import { Releases } from '../../platform/process/releases.ts';
import { createSystemRandom } from '../../platform/random/system-random.ts';
import { type Running, runUntilStopped } from '../actor/run-until-stopped.ts';
import type { CommandContext } from '../command.ts';
import type { Metric } from '../dbb/metrics-server.ts';
import { openRecords } from '../dbb/own-database/records.ts';
import { openServiceNotices } from '../dbb/service-notices.ts';
import { withoutSecrets } from '../dbb/without-secrets.ts';
import type { EndpointConfiguration } from './configured.ts';

export interface ComponentOptions {
  /** `finder`, …: in its log. */
  name: string;
  configuration: EndpointConfiguration;
  /** Threads that compute checksums. */
  readers?: number;
  /** Whether the configuration is logged. */
  dump?: boolean | undefined;
  /** Where Prometheus finds the metrics. */
  metrics?: string | undefined;
}

export interface RunningComponent extends Running {
  metrics?: readonly Metric[];
}

/** How often it shows that it is not stuck. */
const BEAT_MS = 1000;

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const worker = fileURLToPath(new URL(`./endmgr-plugin-worker.${extension}`, import.meta.url));

export const startPluginProcess = createWorkerProcesses(worker);

/** Runs until it ends by itself or a signal comes; leaves the exit code. */
export async function runComponent(
  options: ComponentOptions,
  context: CommandContext,
  start: (ports: ReturnType<typeof livePorts>) => Promise<RunningComponent>,
): Promise<void> {
  const { logging } = options.configuration;
  const write = (text: string): void => void context.stdout.write(text);
  const { log, reopen, close } = openManagerLog(options.name, logging, write);
  const onHangUp = logging.file === null ? undefined : reopen;
  const exitCode = await runUntilStopped(
    async (stopping): Promise<Running> => {
      const releases = new Releases();
      releases.add(close);
      const notices = openServiceNotices(context.env, (reason) => log.warn({ reason }, 'systemd'));
      releases.add(notices.close);
      const beat = setInterval(notices.alive, BEAT_MS);
      releases.add(() => clearInterval(beat));
      if (options.dump)
        log.info({ configuration: withoutSecrets(options.configuration) }, 'configuration');
      try {
        const { engine } = options.configuration.database;
        const records = await openRecords(engine, { log, isPatient: true });
        releases.add(records.close);
        const ports = livePorts(options, { log, signal: stopping, couchUrl: records.url });
        releases.add(() => ports.work.close());
        const running = await start(ports);
        if (options.metrics !== undefined) {
          const { serveMetrics } = await import('../dbb/metrics-server.ts');
          const server = await serveMetrics(options.metrics, running.metrics ?? []);
          releases.add(server.close);
          log.info({ url: server.url }, 'metrics');
        }
        notices.ready();
        const stop = async (): Promise<void> => {
          notices.stopping();
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
    },
    { exitCode: 0, onHangUp },
  );
  context.exitWith(exitCode);
}

function livePorts(
  { readers }: ComponentOptions,
  { log, signal, couchUrl }: { log: Logger; signal: AbortSignal; couchUrl: string },
) {
  const clock = createSystemClock();
  const random = createSystemRandom();
  const shared = { clock, random, signal };
  return {
    ...{ clock, random, log, isProcessGone, couchUrl },
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
