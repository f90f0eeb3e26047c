// `draws init`: the databases and indexes on a server.

import type { Command } from 'commander';
import { initDatabases } from '../../replication/init-databases.ts';
import { type CommandContext, examples } from '../command.ts';
import { connect } from '../connection.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .addHelpText(
      'after',
      examples('draws init', 'COUCHDB_URL=http://admin:secret@arc-host:5984 draws init'),
    )
    .action(async () => {
      const server = connect(context.env);
      for (const { name, outcome } of await initDatabases(server)) {
        context.print(`${name}: ${outcome === 'created' ? 'created' : 'there already'}`);
      }
    });
}
