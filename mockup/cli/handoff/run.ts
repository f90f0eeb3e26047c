// `hdfmgr run`: the manager, until SIGTERM or SIGINT. The first one lets the transfer in hand end,
// however long that takes; a second one does not. SIGHUP opens the log file again, for whoever moves
// it away.

import type { Command } from 'commander';
import type { HandoffManager } from '../../dbb/handoff/manager.ts';
import type { HandoffStatus } from '../../dbb/handoff/status.ts';
import { type CommandContext, examples } from '../command.ts';
import { readConfigured } from './configured.ts';
import { createProgress } from './progress.ts';
import { startManager } from './start-manager.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

interface Options {
  progress: boolean;
  dump?: boolean;
  untilEmpty?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file')
    .option('--no-progress', 'no line that shows the progress on a terminal')
    .option('--dump', 'log the configuration, without passwords')
    .option('--no-dump', 'do not (this is the default)')
    .option('--until-empty', 'end when everything in the buffer was shipped and recorded')
    .addHelpText('after', examples('hdfmgr run examples/handoff/local.yaml'))
    .action(async (path: string, options: Options) => {
      const configured = readConfigured(path);
      for (const remark of configured.configuration.remarks) context.warn(`hdfmgr: ${remark}`);
      const progress = createProgress(context.stderr, options.progress);
      let manager: HandoffManager | undefined;
      const started = await startManager(configured, {
        write: (text) => void context.stdout.write(text),
        dump: options.dump,
        onTick(status) {
          progress.show(status);
          if (options.untilEmpty && isEmpty(status)) manager?.stop();
        },
      });
      manager = started.manager;
      const release = onSignals(() => started.manager.stop(), started.reopenLog);
      try {
        await started.run();
      } finally {
        release();
        progress.clear();
      }
    });
}

/** Everything found so far was shipped, and CouchDB (where it answers) has the records. */
function isEmpty(status: HandoffStatus): boolean {
  const { scan, queued, in_flight, stuck, records } = status;
  const moving = queued.files + in_flight.files + in_flight.batches + stuck;
  const recorded = records.waiting === 0 && records.compared;
  return scan !== null && moving === 0 && (recorded || records.error !== null);
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
