// `endmgr finder start|validate`.

import type { Command } from 'commander';
import { finderRemarks } from '../../dbb/endpoint/finder/finder-settings.ts';
import { type CommandContext, examples } from '../command.ts';
import { readFinder } from './configured.ts';
import { finderMetrics } from './endpoint-metrics.ts';

export function define(command: Command, context: CommandContext): void {
  command.addHelpText('after', examples('endmgr finder start examples/endpoint/finder.yaml'));
  command
    .command('start')
    .description('Watch a buffer (or the logs of rsync) until SIGTERM or SIGINT.')
    .argument('<config>', 'YAML file')
    .option('--dump', 'log the configuration, without passwords')
    .option('--no-dump', 'do not (this is the default)')
    .option('--metrics <port>', 'for Prometheus, on loopback; ADDRESS:PORT for elsewhere')
    .action(async (path: string, { dump, metrics }: { dump?: boolean; metrics?: string }) => {
      const configuration = readFinder(path);
      const { source, storage, search, num_threads } = configuration.finder;
      for (const remark of finderRemarks(configuration.finder)) context.warn(`endmgr: ${remark}`);
      const { runComponent } = await import('./component.ts');
      const options = { name: 'finder', configuration, readers: num_threads, dump, metrics };
      await runComponent(options, context, async (ports) => {
        const { startFinder } = await import('../../dbb/endpoint/finder/finder.ts');
        const { watchTree } = await import('../../dbb/files/watch-tree.ts');
        const { localRsyncLogs } = await import('../../dbb/storage/rsync-logs.ts');
        const parts = { ...ports, watchTree, rsyncLogs: localRsyncLogs };
        const finder = await startFinder(parts, configuration);
        ports.log.info({ source, storage, method: search.method }, 'running');
        return { metrics: finderMetrics(finder), stop: () => finder.stop() };
      });
    });
  command
    .command('validate')
    .description('Check a configuration.')
    .argument('<config>', 'YAML file')
    .action((path: string) => {
      const { finder } = readFinder(path);
      for (const remark of finderRemarks(finder)) context.warn(`endmgr: ${remark}`);
      context.print(`${path}: good`);
    });
}
