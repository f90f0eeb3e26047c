// `prompt-proto pipeline`: one visit, whose order is on standard input, in a process of its own.

import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { describeError } from '../../core/errors.ts';
import { whenParentDies } from '../../platform/process/lifeline.ts';
import { type CommandContext, examples } from '../command.ts';
import { promptPorts } from './prompt-ports.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 2 failed and nothing was written, 64 wrong order.',
    )
    .addHelpText('after', examples('prompt-proto pipeline <order.json'))
    .action(async () => {
      whenParentDies(() => process.exit(1));
      const { exitCodes, readOrder, runPipeline } = await import(
        '../../prompt/pipeline/run-pipeline.ts'
      );
      const { openCloudClients } = await import('../../prompt/service/cloud-clients.ts');
      const { clock, random } = promptPorts('pipeline', context);
      let order: ReturnType<typeof readOrder>;
      try {
        order = readOrder(await text(process.stdin));
      } catch (error) {
        context.warn(`prompt-proto: wrong order: ${describeError(error)}`);
        return context.exitWith(exitCodes.wrongOrder);
      }
      const cloud = await openCloudClients(context.env);
      try {
        const { publisher } = cloud;
        const answer = await runPipeline({ clock, random, publisher }, order);
        context.print(JSON.stringify(answer));
      } catch (error) {
        context.warn(`prompt-proto: ${describeError(error)}`);
        context.exitWith(exitCodes.failed);
      } finally {
        await cloud.close();
      }
    });
}
