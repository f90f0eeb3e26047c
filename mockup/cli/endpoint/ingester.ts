// `endmgr ingester start|validate|rerun`.

import type { Command } from 'commander';
import { type IngestStatus, ingestStatuses } from '../../core/dbb/ingest-events.ts';
import { type CommandContext, examples } from '../command.ts';
import { connectTo } from '../site/connection.ts';
import { UsageError } from '../usage-error.ts';
import { directoryOfConfiguration, namesOf, readIngester, withDatabases } from './configured.ts';
import { ingesterMetrics } from './endpoint-metrics.ts';

export function define(command: Command, context: CommandContext): void {
  command.addHelpText(
    'after',
    examples(
      'endmgr ingester start examples/endpoint/ingester-null.yaml',
      "endmgr ingester rerun examples/endpoint/ingester-null.yaml '2020-12-31/*.fits'",
    ),
  );
  defineStart(command, context);
  command
    .command('validate')
    .description('Check a configuration, and whether its plugin can be used.')
    .argument('<config>', 'YAML file')
    .action(async (path: string) => {
      const configuration = readIngester(path);
      const { checkPlugin } = await import('./check-plugin.ts');
      const version = await checkPlugin(configuration, directoryOfConfiguration(path));
      const { name, module } = configuration.ingester.plugin;
      context.print(`${path}: good (plugin ${module ?? name}${version ? ` ${version}` : ''})`);
    });
  defineRerun(command, context);
}

function defineStart(command: Command, context: CommandContext): void {
  command
    .command('start')
    .description('Ingest files until SIGTERM or SIGINT, or with daemon: false until none is left.')
    .argument('<config>', 'YAML file')
    .option('--dump', 'log the configuration, without passwords')
    .option('--no-dump', 'do not (this is the default)')
    .option('--metrics <port>', 'for Prometheus, on loopback; ADDRESS:PORT for elsewhere')
    .action(async (path: string, { dump, metrics }: { dump?: boolean; metrics?: string }) => {
      const configuration = readIngester(path);
      const { runComponent } = await import('./component.ts');
      await runComponent(
        { name: 'ingester', configuration, dump, metrics },
        context,
        async (ports) => {
          const { startIngester } = await import('../../dbb/endpoint/ingester/ingester.ts');
          const ingester = await startIngester(ports, configuration, {
            directory: directoryOfConfiguration(path),
            couchUrl: ports.couchUrl,
          });
          const { events } = namesOf(configuration);
          ports.log.info({ events, plugin: configuration.ingester.plugin.name }, 'running');
          return {
            metrics: ingesterMetrics(ingester),
            stop: async () => {
              await ingester.stop();
              ports.log.info(ingester.counts, 'ended');
            },
            finished: ingester.finished.then(() => ({ exitCode: 0 })),
          };
        },
      );
    });
}

interface RerunOptions {
  status?: string;
}

function defineRerun(command: Command, context: CommandContext): void {
  command
    .command('rerun')
    .description('Ask for another attempt. An ingester that runs begins at once.')
    .argument('<config>', 'YAML file')
    .argument('<pattern...>', 'files, directories or patterns, relative to the storage area')
    .option('--status <status>', 'only files of this status')
    .action(async (path: string, patterns: string[], { status }: RerunOptions) => {
      const wanted = status?.toUpperCase();
      if (wanted !== undefined && !ingestStatuses.some((known) => known === wanted)) {
        throw new UsageError(`there is no status ${status}`, {
          hint: `one of ${ingestStatuses.join(', ')}`,
        });
      }
      const configuration = readIngester(path);
      const { events = '' } = namesOf(configuration);
      const { askAgain } = await import('../../dbb/endpoint/ingester/rerun.ts');
      const only = wanted as IngestStatus | undefined;
      const { asked, inFlight } = await withDatabases(path, configuration, ({ url }) =>
        askAgain(connectTo(url).open(events), patterns, Date.now(), only),
      );
      context.print(`${asked} ${asked === 1 ? 'file' : 'files'} will be tried again`);
      if (inFlight > 0)
        context.warn(`endmgr: ${inFlight} are in flight now; ask again afterwards`);
      if (asked === 0) context.exitWith(1);
    });
}
