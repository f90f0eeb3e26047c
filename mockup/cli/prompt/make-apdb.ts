// `prompt-proto make-apdb`: the tables of the Alert Production Database.

import { type Command, InvalidArgumentError } from 'commander';
import { type CommandContext, examples } from '../command.ts';
import { UsageError } from '../usage-error.ts';

interface Options {
  url?: string;
  config: Record<string, string>;
  namespace: string;
}

export function define(command: Command, context: CommandContext): void {
  command
    .option('--url <url>', 'postgresql://… (default: APDB_URL)')
    .option(
      '-c, --config <key=value>',
      'as of make_apdb.py: db_url; others do nothing',
      config,
      {},
    )
    .option('--namespace <name>', 'the schema', 'apdb')
    .addHelpText(
      'after',
      examples('prompt-proto make-apdb --url postgresql://postgres@localhost/apdb'),
    )
    .action(async (options: Options) => {
      const url = options.url ?? options.config.db_url ?? context.env.APDB_URL;
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

function config(text: string, before: Record<string, string>): Record<string, string> {
  const [, key, value = ''] = /^(\w+)=(.*)$/.exec(text) ?? [];
  if (key === undefined) throw new InvalidArgumentError('KEY=VALUE is needed');
  return { ...before, [key]: value };
}
