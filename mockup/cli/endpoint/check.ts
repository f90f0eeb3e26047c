// `endmgr check`: whether storage area and records agree.

import type { Command } from 'commander';
import { type CheckCounts, checkEndpoint } from '../../dbb/endpoint/check.ts';
import { findSources } from '../../dbb/storage/find-sources.ts';
import { createStorageWork } from '../../dbb/storage/storage-work-threads.ts';
import { type CommandContext, examples } from '../command.ts';
import { connectTo } from '../site/connection.ts';
import { namesOf, readAny, storageOf, withDatabases } from './configured.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file of a finder, an ingester or a backfill')
    .option('--json', 'one JSON object per finding, and the counts as the last one')
    .addHelpText('after', '\nExit code: 0 they agree, 1 they do not.')
    .addHelpText('after', examples('endmgr check examples/endpoint/finder.yaml'))
    .action(async (config: string, { json }: { json?: boolean }) => {
      const configuration = readAny(config);
      const work = createStorageWork();
      const tell = context.print;
      try {
        const counts = await withDatabases(config, configuration, ({ url }) =>
          checkEndpoint({
            files: connectTo(url).open(namesOf(configuration).files),
            ...{ work, storage: storageOf(configuration), findSources },
            onFinding: (finding) => {
              const { kind, path, detail } = finding;
              tell(json ? JSON.stringify(finding) : `${kind} ${JSON.stringify(path)}: ${detail}`);
            },
          }),
        );
        tell(json ? JSON.stringify(counts) : describe(counts));
        const { lost, changed, dark, unseen } = counts;
        if (lost + changed + dark + unseen > 0) context.exitWith(1);
      } finally {
        await work.close();
      }
    });
}

function describe({ records, stored, lost, changed, dark, unseen }: CheckCounts): string {
  return (
    `${records} files on record, ${stored} in the storage area: ` +
    `${lost} lost, ${changed} changed, ${dark} dark, ${unseen} unseen`
  );
}
