// `endmgr initdb`: the databases of a configuration. (The components make them too.)

import type { Command } from 'commander';
import { prepareDatabases } from '../../dbb/endpoint/endpoint-databases.ts';
import type { CommandContext } from '../command.ts';
import { connectTo } from '../site/connection.ts';
import { namesOf, readAny, withDatabases } from './configured.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file of a finder, an ingester or a backfill')
    .action(async (path: string) => {
      const configuration = readAny(path);
      const { files, contents, events } = namesOf(configuration);
      await withDatabases(path, configuration, async ({ url, shown }) => {
        await prepareDatabases(connectTo(url), { files, contents, events });
        const names = [files, contents, ...(events ? [events] : [])].join(', ');
        context.print(`${names} are there, at ${shown}`);
      });
    });
}
