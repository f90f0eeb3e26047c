// `endmgr initdb`: the databases of a configuration. (The components make them too.)

import type { Command } from 'commander';
import { prepareDatabases } from '../../dbb/endpoint/endpoint-databases.ts';
import type { CommandContext } from '../command.ts';
import { connectTo } from '../site/connection.ts';
import { namesOf, readAny, urlOf } from './configured.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file of a finder, an ingester or a backfill')
    .action(async (path: string) => {
      const configuration = readAny(path);
      const server = connectTo(urlOf(configuration));
      const { files, contents, events } = namesOf(configuration);
      await prepareDatabases(server, { files, contents, events });
      const names = [files, contents, ...(events ? [events] : [])].join(', ');
      context.print(`${names} are there, at ${server.address}`);
    });
}
