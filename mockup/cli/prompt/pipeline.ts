// `prompt-proto pipeline`: one visit, whose order is on standard input, in a process of its own.

import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { describeError } from '../../core/errors.ts';
import { whenParentDies } from '../../platform/process/lifeline.ts';
import type { Publisher } from '../../prompt/cloud/cloud-clients.ts';
import { type CommandContext, examples } from '../command.ts';
import { parentPublisher } from './servers/parent-publisher.ts';
import { promptPorts } from './servers/prompt-ports.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .option('--publish-by-parent', 'alerts go through the process that started it')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 2 failed and nothing was written, 64 wrong order.',
    )
    .addHelpText('after', examples('prompt-proto pipeline <order.json'))
    .action(async (options: { publishByParent?: boolean }) => {
      whenParentDies(() => process.exit(1));
      const { exitCodes, readOrder, runPipeline } = await import(
        '../../prompt/pipeline/run-pipeline.ts'
      );
      const { clock, random } = promptPorts('pipeline', context);
      let order: ReturnType<typeof readOrder>;
      try {
        order = readOrder(await text(process.stdin));
      } catch (error) {
        context.warn(`prompt-proto: wrong order: ${describeError(error)}`);
        return context.exitWith(exitCodes.wrongOrder);
      }
      const publisher = await openPublisher(context, options.publishByParent);
      try {
        const answer = await runPipeline({ clock, random, publisher }, order);
        context.print(JSON.stringify(answer));
      } catch (error) {
        context.warn(`prompt-proto: ${describeError(error)}`);
        context.exitWith(exitCodes.failed);
      } finally {
        await publisher.close();
      }
    });
}

async function openPublisher(context: CommandContext, byParent?: boolean): Promise<Publisher> {
  if (byParent && process.connected) return parentPublisher();
  const { openCloudClients } = await import('../../prompt/cloud/cloud-clients.ts');
  return (await openCloudClients(context.env)).publisher;
}
