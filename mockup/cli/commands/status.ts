// `draws status`: OUSs by state, messages that wait, and the actors, at this site.

import type { Command } from 'commander';
import { createConflictMemory } from '../../replication/conflicts/find-conflicts.ts';
import { type CommandContext, examples } from '../command.ts';
import { couchdbUrl, messageAge_ms, siteOr } from '../environment.ts';
import { connect } from '../site/connection.ts';
import { linkLines, readSiteLinks } from '../site/site-links.ts';
import { readStatus, statusLines, watchStatus } from '../site/status.ts';

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
      const site = { executive: siteOr(context.env, 'JAO'), url: couchdbUrl(context.env) };
      const memory = createConflictMemory();
      const show = async (): Promise<void> => {
        const [status, links] = await Promise.all([
          readStatus(server, Date.now(), messageAge_ms(context.env)),
          readSiteLinks(site, memory),
        ]);
        const spaces = options.watch ? 0 : 2;
        if (options.json)
          return context.print(JSON.stringify({ ...status, ...links }, null, spaces));
        if (options.watch && context.stdout.isTTY) context.stdout.write('\u001b[H\u001b[2J');
        const columns = context.stdout.columns ?? 120;
        const lines = [...statusLines(status, columns), ...linkLines(links)];
        for (const line of lines) context.print(line);
      };
      await show();
      if (!options.watch) return;
      const { runUntilStopped } = await import('../actor/run-until-stopped.ts');
      context.exitWith(await runUntilStopped(() => watchStatus(server, show)));
    });
}
