// `hdfmgr expire`: applies the retention of the configuration to the holding area, once.

import type { Command } from 'commander';
import { expireHeld, type RetentionOutcome } from '../../dbb/handoff/retention/retention.ts';
import { createFileWork } from '../../dbb/holding/file-work-threads.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { Releases } from '../../platform/process/releases.ts';
import { type CommandContext, examples } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { readConfigured, withDatabase } from './configured.ts';
import { openEndpoint } from './open-endpoint.ts';
import { mbytes } from './progress.ts';

interface Options {
  dryRun?: boolean;
  json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file')
    .option('--dry-run', 'only tell which files would go')
    .option('--json', 'one JSON object per file, and the counts as the last one')
    .addHelpText(
      'after',
      '\nExit code: 0 done, 1 files that may go are not proven at the endpoint.',
    )
    .addHelpText('after', examples('hdfmgr expire examples/handoff/local.yaml --dry-run'))
    .action(async (path: string, { dryRun = false, json = false }: Options) => {
      const configured = readConfigured(path);
      const { holding, manager, configuration } = configured;
      const { retention: rules } = configuration.handoff;
      if (!rules) throw new UsageError('the configuration has no handoff.retention');
      const releases = new Releases();
      const work = createFileWork();
      releases.add(() => work.close());
      const onFile = (file: string, outcome: RetentionOutcome): void =>
        context.print(json ? JSON.stringify({ path: file, outcome }) : `${outcome}: ${file}`);
      try {
        const counts = await withDatabase(configured, async (server) => {
          const files = server.open(configuration.database.tablenames.file);
          const endpoint = await openEndpoint(configured, releases);
          const clock = createSystemClock();
          const shared = { clock, work, endpoint, holding, manager, files, rules };
          return expireHeld({ ...shared, dryRun, onFile });
        });
        const { removed, bytes, unproven } = counts;
        const what = dryRun ? 'would go' : 'removed';
        const text = `${removed} files ${what} (${mbytes(bytes)}), ${unproven} not proven`;
        context.print(json ? JSON.stringify({ ...counts, dry_run: dryRun }) : text);
        if (unproven > 0) context.exitWith(1);
      } finally {
        await releases.release();
      }
    });
}
