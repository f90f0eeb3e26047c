// `endmgr dropdb`: deletes the databases of a configuration. Files stay where they are.

import type { Command } from 'commander';
import { dropDatabases } from '../../dbb/endpoint/endpoint-databases.ts';
import type { CommandContext } from '../command.ts';
import { connectTo } from '../site/connection.ts';
import { namesOf, readAny, urlOf } from './configured.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file of a finder, an ingester or a backfill')
    .action(async (path: string) => {
      const configuration = readAny(path);
      const server = connectTo(urlOf(configuration));
      const dropped = await dropDatabases(server, namesOf(configuration));
      context.print(dropped.length > 0 ? `deleted ${dropped.join(', ')}` : 'nothing to delete');
    });
}
