// `prompt-proto visits`: what became of each visit, detector by detector.

import type { Command } from 'commander';
import type { VisitRecord } from '../../core/prompt/visit-record.ts';
import { type CommandContext, examples } from '../command.ts';
import { databaseOf, promptPorts } from './servers/prompt-ports.ts';
import { printable } from './visit-table.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .option('--json', 'the documents themselves')
    .addHelpText('after', examples('prompt-proto visits', 'prompt-proto visits --json | jq'))
    .action(async (options: { json?: boolean }) => {
      const { database } = promptPorts('visits', context);
      const visits = await database(databaseOf.visits);
      const records = (await visits.allDocs<VisitRecord>()).filter(({ state }) => state);
      if (options.json) context.print(JSON.stringify(records, undefined, 2));
      else for (const line of printable(records)) context.print(line);
    });
}
