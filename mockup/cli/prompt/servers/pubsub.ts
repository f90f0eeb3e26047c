// `prompt-proto pubsub`: the Pub/Sub server.

import type { Command } from 'commander';
import { runUntilStopped } from '../../actor/run-until-stopped.ts';
import { type CommandContext, examples } from '../../command.ts';
import { requireInteger } from '../../environment.ts';
import { databaseOf, promptPorts, tellAddress } from './prompt-ports.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .option('--port <port>', '0: any free one', '8085')
    .option('--host <address>', 'that it listens on', '127.0.0.1')
    .option('--database <name>', 'of the CouchDB server at COUCHDB_URL', databaseOf.pubsub)
    .option('--keep <MiB>', 'for undelivered messages; then RESOURCE_EXHAUSTED', '512')
    .addHelpText(
      'after',
      examples(
        'prompt-proto pubsub',
        'PUBSUB_EMULATOR_HOST=localhost:8085 python upload.py LATISS 1',
      ),
    )
    .action(async (options: { port: string; host: string; database: string; keep: string }) => {
      const keptBytes_max = requireInteger(options.keep, '--keep', 1, 1_000_000) * 2 ** 20;
      const port = requireInteger(options.port, '--port', 0, 65_535);
      const { startPubsubServer } = await import('../../../prompt/pubsub/server.ts');
      const { clock, log, database } = promptPorts('pubsub', context);
      const exitCode = await runUntilStopped(async () => {
        let fail = (_error: Error): void => {};
        const finished = new Promise<{ exitCode: number }>((resolve) => {
          fail = (error) => {
            context.warn(`prompt-proto: ${error.message}`);
            resolve({ exitCode: 1 });
          };
        });
        const server = await startPubsubServer({
          ...{ clock, log, port, host: options.host, keptBytes_max },
          database: await database(options.database),
          onFailure: (error) => fail(error),
        });
        tellAddress(context, `http://${server.address}`);
        return { stop: () => server.close(), finished };
      });
      context.exitWith(exitCode);
    });
}
