// `prompt-proto presence`: answers whether an image is there, so that workers need not list buckets.

import { createServer } from 'node:http';
import type { Command } from 'commander';
import { closeServer, listen } from '../../platform/http/listen.ts';
import { keepConnections } from '../../prompt/kept-connections.ts';
import { runUntilStopped } from '../actor/run-until-stopped.ts';
import { type CommandContext, examples } from '../command.ts';
import { requireInteger } from '../environment.ts';
import { promptPorts, tellAddress } from './servers/prompt-ports.ts';

interface Options {
  port: string;
  host: string;
  bucket: string;
}

export function define(command: Command, context: CommandContext): void {
  command
    .option('--port <port>', '0: any free one', '8086')
    .option('--host <address>', 'that it listens on', '127.0.0.1')
    .option('--bucket <name>', 'with raw images', 'rubin-prompt-proto-main')
    .addHelpText(
      'after',
      examples(
        'prompt-proto presence',
        'RAW_MICROSERVICE=http://localhost:8086/presence prompt-proto cloud-run',
      ),
    )
    .action(async (options: Options) => {
      const port = requireInteger(options.port, '--port', 0, 65_535);
      const { createPresenceApp } = await import('../../prompt/presence/presence-app.ts');
      const { openCloudClients } = await import('../../prompt/cloud/cloud-clients.ts');
      const { log } = promptPorts('presence', context);
      const exitCode = await runUntilStopped(async () => {
        const cloud = await openCloudClients(context.env);
        const bucket = cloud.bucket(options.bucket);
        const app = createPresenceApp({ log, bucket, bucketName: options.bucket });
        const server = keepConnections(createServer(app));
        tellAddress(context, `${await listen(server, { host: options.host, port })}/presence`);
        return {
          stop: async () => {
            await closeServer(server);
            await cloud.close();
          },
        };
      });
      context.exitWith(exitCode);
    });
}
