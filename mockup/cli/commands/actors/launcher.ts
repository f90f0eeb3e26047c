// `draws launcher`: creates an OUS or sets one back to the start.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';
import { siteOr } from '../../environment.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<progID>', 'project code, such as 2015.1.00657.S')
    .argument('<ousUID>', 'such as uid://X1/X1/Xb0')
    .argument('[recipe]', 'such as PipelineCalibration; the batch helper gives one if absent')
    .argument('[executive]', 'accepted for old instructions: who processes it is decided in dra')
    .addHelpText(
      'after',
      examples(
        'draws launcher 2015.1.00657.S uid://X1/X1/Xb0',
        'draws launcher 2015.1.00657.S uid://X1/X1/Xb1 PipelineCalibration',
      ),
    )
    .action(async (progId: string, ousUid: string, recipe?: string, executive?: string) => {
      const { runActor } = await import('../../actor/run-actor.ts');
      const { createLauncher } = await import('../../../actors/launcher/launcher.ts');
      const options = { progId, ousUid, recipe, executive };
      const site = siteOr(context.env, 'JAO');
      const tellEnd = (exitCode: number): void => {
        context.exitWith(exitCode);
        const as = recipe === undefined ? '' : `, ${recipe}`;
        if (exitCode === 0) context.print(`${ousUid} is ReadyForProcessing${as}`);
      };
      await runActor(
        {
          name: 'launcher',
          only: 'JAO',
          create: createLauncher,
          options,
          site,
          oneShot: true,
          plain: true,
        },
        { ...context, exitWith: tellEnd },
      );
    });
}
