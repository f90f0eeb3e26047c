// `draws clear-all-dbs`: deletes the documents, not the databases, so that a running line and its
// replications go on.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../command.ts';
import { connect } from '../site/connection.ts';
import { confirmed } from '../terminal/confirmation.ts';

interface Options {
  all?: boolean;
  caches?: boolean;
  yes?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command
    .option('--all', 'every user database of the server, not only those of this product')
    .option('--caches', 'the local cache directories and the run directories too')
    .option('--yes', 'do not ask')
    .addHelpText('after', examples('draws clear-all-dbs', 'draws clear-all-dbs --caches --yes'))
    .action(async (options: Options) => {
      const clearing = await import('../site/clearing.ts');
      const server = connect(context.env);
      const databases = await clearing.databasesToClear(server, options.all ?? false);
      const directories = options.caches ? clearing.directoriesToClear(context.env) : [];
      for (const { name, count } of databases) context.print(`${name}: ${count} documents`);
      for (const directory of directories) context.print(`${directory}: all files`);
      const question = `Delete all this at ${server.address}?`;
      const why = 'this deletes data';
      if (!options.yes && !(await confirmed(context, { question, why }))) {
        context.print('nothing was deleted');
        return context.exitWith(1);
      }
      const count = await clearing.clearDatabases(server, databases);
      await clearing.clearDirectories(directories);
      context.print(`deleted ${count} documents at ${server.address}`);
    });
}
