// `prompt-proto init`: what the playbook has people click together in the cloud's console.

import type { Command } from 'commander';
import { initCloud } from '../../prompt/service/init-cloud.ts';
import { type CommandContext, examples } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { DEFAULT_PROJECT, promptPorts } from './servers/prompt-ports.ts';

interface Options {
  endpoint: string;
  project: string;
  bucket: string;
  ackDeadline: string;
}

export function define(command: Command, context: CommandContext): void {
  command
    .requiredOption('--endpoint <url>', 'of the service: http://localhost:8080/next-visit')
    .option('--project <id>', 'of the cloud', DEFAULT_PROJECT)
    .option('--bucket <name>', 'for raw images', 'rubin-prompt-proto-main')
    .option('--ack-deadline <seconds>', 'of nextVisit-sub', '600')
    .addHelpText(
      'after',
      '\nThe token that the endpoint asks for is in PUBSUB_VERIFICATION_TOKEN.\n' +
        examples(
          'PUBSUB_VERIFICATION_TOKEN=secret prompt-proto init --endpoint http://localhost:8080/next-visit',
        ),
    )
    .action(async (options: Options) => {
      promptPorts('init', context);
      const token = context.env.PUBSUB_VERIFICATION_TOKEN;
      if (!token) throw new UsageError('PUBSUB_VERIFICATION_TOKEN is not set');
      if (!URL.canParse(options.endpoint)) throw new UsageError('--endpoint is no URL');
      const made = await initCloud({
        projectId: options.project,
        endpoint: options.endpoint,
        token,
        bucket: options.bucket,
        ackDeadline_s: Number(options.ackDeadline),
      });
      for (const name of made) context.print(`made ${name}`);
      if (made.length === 0) context.print('all is there already');
    });
}
