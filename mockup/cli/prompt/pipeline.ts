// `prompt-proto pipeline`: one visit, whose order is on standard input, in a process of its own.

import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { describeError } from '../../core/errors.ts';
import { whenParentDies } from '../../platform/process/lifeline.ts';
import { type CommandContext, examples } from '../command.ts';
import { type PipelineParent, pipelineParent } from './servers/pipeline-parent.ts';
import { promptPorts } from './servers/prompt-ports.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .option(
      '--publish-by-parent',
      'alerts, and the leave to write, go through the process that started it',
    )
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
      const parent = await openParent(context, options.publishByParent);
      try {
        const answer = await runPipeline({ clock, random, ...parent }, order);
        context.print(JSON.stringify(answer));
      } catch (error) {
        context.warn(`prompt-proto: ${describeError(error)}`);
        context.exitWith(exitCodes.failed);
      } finally {
        await parent.publisher.close();
      }
    });
}

async function openParent(context: CommandContext, byParent?: boolean): Promise<PipelineParent> {
  if (byParent && process.connected) return pipelineParent();
  const { openCloudClients } = await import('../../prompt/cloud/cloud-clients.ts');
  const { publisher } = await openCloudClients(context.env);
  return { publisher, confirm: async () => {} };
}
