// `prompt-proto storage`: the storage server. It publishes its notifications to PUBSUB_EMULATOR_HOST.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { runUntilStopped } from '../../actor/run-until-stopped.ts';
import { type CommandContext, examples } from '../../command.ts';
import { requireInteger } from '../../environment.ts';
import { UsageError } from '../../usage-error.ts';
import { databaseOf, promptPorts, tellAddress } from './prompt-ports.ts';

interface Options {
  port: string;
  host: string;
  data: string;
  database: string;
  publicUrl?: string;
}

export function define(command: Command, context: CommandContext): void {
  command
    .option('--port <port>', '0: any free one', '4443')
    .option('--host <address>', 'that it listens on', '127.0.0.1')
    .option('--data <dir>', 'where the bytes are', '.draws/prompt/storage')
    .option('--database <name>', 'of the CouchDB server at COUCHDB_URL', databaseOf.storage)
    .option('--public-url <url>', 'by which clients reach it, where that is another one')
    .addHelpText(
      'after',
      examples(
        'PUBSUB_EMULATOR_HOST=localhost:8085 prompt-proto storage',
        'STORAGE_EMULATOR_HOST=http://localhost:4443 prompt-proto upload LATISS 1',
      ),
    )
    .action(async (options: Options) => {
      const port = requireInteger(options.port, '--port', 0, 65_535);
      const { startStorageServer } = await import('../../../prompt/storage/server.ts');
      const { openCloudClients } = await import('../../../prompt/cloud/cloud-clients.ts');
      const { clock, log, database } = promptPorts('storage', context);
      const { publicUrl } = options;
      if (publicUrl !== undefined && !URL.canParse(publicUrl)) {
        throw new UsageError('--public-url is no URL');
      }
      const exitCode = await runUntilStopped(async () => {
        const cloud = await openCloudClients(context.env);
        const server = await startStorageServer({
          ...{ clock, log, port, host: options.host, directory: resolve(options.data) },
          publicUrl,
          database: await database(options.database),
          publish: ({ topic, data, attributes }) =>
            cloud.publisher.publish(topic, [{ data, attributes }]),
        });
        tellAddress(context, server.url);
        return {
          stop: async () => {
            await server.close();
            await cloud.close();
          },
        };
      });
      context.exitWith(exitCode);
    });
}
