// `draws status`: OUSs by state, messages that wait, and the actors, at this site.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../command.ts';
import { connect } from '../connection.ts';
import { readStatus, statusLines, watchStatus } from '../status.ts';

interface Options {
  watch?: boolean;
  json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command
    .option('--watch', 'show it again after each change, until Ctrl-C')
    .option('--json', 'as JSON, with --watch one line each')
    .addHelpText('after', examples('draws status', 'draws status --watch', 'draws status --json'))
    .action(async (options: Options) => {
      const server = connect(context.env);
      await server.check();
      const show = async (): Promise<void> => {
        const status = await readStatus(server, Date.now());
        const spaces = options.watch ? 0 : 2;
        if (options.json) return context.print(JSON.stringify(status, null, spaces));
        if (options.watch && context.stdout.isTTY) context.stdout.write('\u001b[H\u001b[2J');
        for (const line of statusLines(status, context.stdout.columns ?? 120)) context.print(line);
      };
      await show();
      if (!options.watch) return;
      const { runUntilStopped } = await import('../run-until-stopped.ts');
      context.exitWith(await runUntilStopped(() => watchStatus(server, show)));
    });
}
