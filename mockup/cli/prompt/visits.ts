// `prompt-proto visits`: what became of each visit, detector by detector.

import type { Command } from 'commander';
import type { VisitRecord } from '../../core/prompt/visit-record.ts';
import { type CommandContext, examples } from '../command.ts';
import { connect } from '../site/connection.ts';
import { databaseOf } from './servers/prompt-ports.ts';
import { printable } from './visit-table.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .option('--json', 'the documents themselves')
    .addHelpText('after', examples('prompt-proto visits', 'prompt-proto visits --json | jq'))
    .action(async (options: { json?: boolean }) => {
      const server = connect(context.env);
      const isThere = (await server.names()).includes(databaseOf.visits);
      const visits = isThere ? await server.open(databaseOf.visits).allDocs<VisitRecord>() : [];
      const records = visits.filter(({ state }) => state);
      if (options.json) context.print(JSON.stringify(records, undefined, 2));
      else if (records.length === 0) context.print('no visits yet');
      else for (const line of printable(records)) context.print(line);
    });
}
