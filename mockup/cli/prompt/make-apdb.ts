// `prompt-proto make-apdb`: the tables of the Alert Production Database.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../command.ts';
import { UsageError } from '../usage-error.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .option('--url <url>', 'postgresql://…; default APDB_URL')
    .option('--namespace <name>', 'the schema', 'apdb')
    .addHelpText(
      'after',
      examples('prompt-proto make-apdb --url postgresql://postgres@localhost/apdb'),
    )
    .action(async (options: { url?: string; namespace: string }) => {
      const url = options.url ?? context.env.APDB_URL;
      if (!url) throw new UsageError('--url (or APDB_URL) is missing');
      const { makeApdb } = await import('../../prompt/databases/apdb.ts');
      const { openPostgres } = await import('../../prompt/databases/postgres.ts');
      const postgres = openPostgres(url);
      try {
        await makeApdb(postgres, options.namespace);
        context.print(`the APDB is in schema ${options.namespace}`);
      } finally {
        await postgres.close();
      }
    });
}
