// `prompt-proto databases`: an embedded PostgreSQL, reached by its ordinary URL.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { runUntilStopped } from '../../actor/run-until-stopped.ts';
import { type CommandContext, examples } from '../../command.ts';
import { requireInteger } from '../../environment.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .option('--port <port>', '0: any free one', '5432')
    .option('--host <address>', 'that it listens on; it asks for no password', '127.0.0.1')
    .option('--data <dir>', 'where the data are', '.draws/prompt/postgres')
    .addHelpText('after', examples('prompt-proto databases --port 5433'))
    .action(async (options: { port: string; host: string; data: string }) => {
      const port = requireInteger(options.port, '--port', 0, 65_535);
      const { startEmbeddedPostgres } = await import(
        '../../../prompt/databases/embedded-postgres.ts'
      );
      const exitCode = await runUntilStopped(async () => {
        const directory = resolve(options.data);
        const server = await startEmbeddedPostgres({ host: options.host, port, directory });
        context.print(`listening on ${server.url}`);
        if (process.connected) process.send?.({ url: server.url }, () => {});
        return { stop: () => server.close() };
      });
      context.exitWith(exitCode);
    });
}
