// `endmgr backfill start|validate`.

import type { Command } from 'commander';
import type { BackfillSummary } from '../../dbb/endpoint/backfill/backfill.ts';
import { type CommandContext, examples } from '../command.ts';
import { readBackfill } from './configured.ts';

export function define(command: Command, context: CommandContext): void {
  command.addHelpText('after', examples('endmgr backfill start examples/endpoint/backfill.yaml'));
  command
    .command('start')
    .description('Record the files of the sources, then end; exit code 1 where any failed.')
    .argument('<config>', 'YAML file')
    .option('--dump', 'log the configuration, without passwords')
    .option('--no-dump', 'do not (this is the default)')
    .option('--json', 'the summary as JSON')
    .action(async (path: string, { json, dump }: { json?: boolean; dump?: boolean }) => {
      const configuration = readBackfill(path);
      const readers = configuration.backfill.num_threads;
      const { runComponent } = await import('./component.ts');
      const options = { name: 'backfill', configuration, readers, dump };
      await runComponent(options, context, async (ports) => {
        const { runBackfill } = await import('../../dbb/endpoint/backfill/backfill.ts');
        const { findSources } = await import('../../dbb/storage/find-sources.ts');
        const stopping = new AbortController();
        ports.log.info({ storage: configuration.backfill.storage }, 'running');
        const summary = runBackfill({ ...ports, findSources }, configuration, stopping.signal);
        const finished = summary.then((result) => {
          context.print(json ? JSON.stringify(result) : describe(result));
          return { exitCode: exitCodeOf(result) };
        });
        return {
          finished,
          stop: async () => {
            stopping.abort();
            await finished.catch(() => {});
          },
        };
      });
    });
  command
    .command('validate')
    .description('Check a configuration.')
    .argument('<config>', 'YAML file')
    .action((path: string) => {
      readBackfill(path);
      context.print(`${path}: good`);
    });
}

function describe({ found, tracked, recorded, failed, missing }: BackfillSummary): string {
  return (
    `${found} files found: ${recorded} recorded, ${tracked} on record before, ` +
    `${failed} failed, ${missing} missing`
  );
}

function exitCodeOf({ failed, missing }: BackfillSummary): number {
  return failed + missing > 0 ? 1 : 0;
}
