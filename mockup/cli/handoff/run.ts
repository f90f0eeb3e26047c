// `hdfmgr run`: the manager, until SIGTERM or SIGINT. The first one lets the transfer in flight end,
// however long that takes; a second one does not. SIGHUP opens the log file again, for whoever moves
// it away.

import type { Command } from 'commander';
import type { HandoffManager } from '../../dbb/handoff/manager.ts';
import type { HandoffStatus } from '../../dbb/handoff/status.ts';
import { Releases } from '../../platform/process/releases.ts';
import { type CommandContext, examples } from '../command.ts';
import { openServiceNotices } from '../dbb/service-notices.ts';
import { readConfigured } from './configured.ts';
import { showDryRun } from './dry-run.ts';
import { handoffMetrics } from './handoff-metrics.ts';
import { createProgress } from './progress.ts';
import { startManager } from './start-manager.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

const UNTIL_EMPTY =
  '\nExit code of --until-empty: 0 all was shipped and recorded, 1 records could not be written.';

interface Options {
  progress: boolean;
  dump?: boolean;
  untilEmpty?: boolean;
  metrics?: string;
  dryRun?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file')
    .option('--no-progress', 'no line that shows the progress on a terminal')
    .option('--dump', 'log the configuration, without passwords')
    .option('--no-dump', 'do not (this is the default)')
    .option('--until-empty', 'end when everything in the buffer was shipped and recorded')
    .addHelpText('after', UNTIL_EMPTY)
    .option('--dry-run', 'only tell what would be shipped, in which order')
    .option('--metrics <port>', 'for Prometheus, on loopback; ADDRESS:PORT for elsewhere')
    .addHelpText('after', examples('hdfmgr run examples/handoff/local.yaml'))
    .action(async (path: string, options: Options) => {
      const configured = readConfigured(path);
      for (const remark of configured.configuration.remarks) context.warn(`hdfmgr: ${remark}`);
      if (options.dryRun) return showDryRun(configured, context);
      const progress = createProgress(context.stderr, options.progress);
      const releases = new Releases();
      const notices = openServiceNotices(context.env, (text) => context.warn(`hdfmgr: ${text}`));
      releases.add(notices.close);
      let manager: HandoffManager | undefined;
      const started = await startManager(configured, {
        write: (text) => void context.stdout.write(text),
        dump: options.dump,
        onTick(status) {
          notices.alive();
          progress.show(status);
          if (options.untilEmpty && isEmpty(status)) manager?.stop();
        },
      });
      manager = started.manager;
      const stop = (): void => {
        notices.stopping();
        started.manager.stop();
      };
      releases.add(onSignals(stop, started.reopenLog));
      releases.add(progress.clear);
      const running = started.run();
      try {
        if (options.metrics !== undefined) {
          const { serveMetrics } = await import('../dbb/metrics-server.ts');
          const metrics = handoffMetrics(() => started.manager.status());
          const server = await serveMetrics(options.metrics, metrics);
          releases.add(server.close);
          context.warn(`hdfmgr: metrics at ${server.url}`);
        }
        notices.ready();
      } catch (error) {
        started.manager.stop();
        await running.catch(() => {});
        await releases.release();
        throw error;
      }
      await running.finally(() => releases.release());
      if (options.untilEmpty) tellUnrecorded(started.manager.status(), context);
    });
}

/** Everything found so far was shipped, and CouchDB has the records or does not take them. */
function isEmpty(status: HandoffStatus): boolean {
  const { scan, queued, in_flight, stuck, records } = status;
  const moving = queued.files + in_flight.files + in_flight.batches + stuck;
  const recorded = records.waiting === 0 && records.compared;
  return scan !== null && moving === 0 && (recorded || records.error !== null);
}

/** Everything was shipped; what is not on record yet, the journals keep for the next run. */
function tellUnrecorded({ records }: HandoffStatus, context: CommandContext): void {
  if (records.waiting === 0 && records.parked_batches === 0 && records.error === null) return;
  const why = records.error ?? 'the database did not take them in time';
  const { waiting, parked_batches } = records;
  const what = `${waiting} records and those of ${parked_batches} batches`;
  context.warn(`hdfmgr: not recorded yet: ${what} (${why}); the next run records them`);
  context.exitWith(1);
}

function onSignals(stop: () => void, onHangUp: (() => void) | undefined): () => void {
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGHUP' && onHangUp) return void onHangUp();
    signals++;
    if (signals === 1) stop();
    else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  };
}
