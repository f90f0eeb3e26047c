// `endmgr dropdb`: deletes the databases of a configuration. Files stay where they are.

import type { Command } from 'commander';
import { dropDatabases } from '../../dbb/endpoint/endpoint-databases.ts';
import type { CommandContext } from '../command.ts';
import { connectTo } from '../site/connection.ts';
import { namesOf, readAny, withDatabases } from './configured.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file of a finder, an ingester or a backfill')
    .action(async (path: string) => {
      const configuration = readAny(path);
      const dropped = await withDatabases(path, configuration, ({ url }) =>
        dropDatabases(connectTo(url), namesOf(configuration)),
      );
      context.print(dropped.length > 0 ? `deleted ${dropped.join(', ')}` : 'nothing to delete');
    });
}
