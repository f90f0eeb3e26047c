// `draws launcher`: creates an OUS or sets one back to the start.

import type { Command } from 'commander';
import { databaseNames } from '../../../core/databases.ts';
import { documentId, requireTypedOusUid } from '../../../core/identifiers.ts';
import { readOus } from '../../../core/ous/reading.ts';
import { type CommandContext, examples } from '../../command.ts';
import { siteOr } from '../../environment.ts';
import { connect } from '../../site/connection.ts';
import { confirmed } from '../../terminal/confirmation.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<progID>', 'project code, such as 2015.1.00657.S')
    .argument('<ousUID>', 'such as uid://X1/X1/Xb0')
    .argument('[recipe]', 'such as PipelineCalibration; the batch helper gives one if absent')
    .argument('[executive]', 'accepted for old instructions: who processes it is decided in dra')
    .option('--yes', 'do not ask before a Delivered OUS is set back')
    .addHelpText(
      'after',
      examples(
        'draws launcher 2015.1.00657.S uid://X1/X1/Xb0',
        'draws launcher 2015.1.00657.S uid://X1/X1/Xb1 PipelineCalibration',
      ),
    )
    .action(async (...given: [string, string, string?, string?, { yes?: boolean }?]) => {
      const [progId, uid, recipe, executive, { yes = false } = {}] = given;
      const ousUid = requireTypedOusUid(uid);
      const { runActor } = await import('../../actor/run-actor.ts');
      const { checkLaunch, createLauncher } = await import('../../../actors/launcher/launcher.ts');
      const options = { progId, ousUid, recipe, executive };
      checkLaunch(options);
      const site = siteOr(context.env, 'JAO');
      if (site === 'JAO' && !yes && !(await mayBeSetBack(context, ousUid))) {
        context.print('nothing was changed');
        return context.exitWith(1);
      }
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

/** What was delivered is done again from the start only where somebody means it. */
async function mayBeSetBack(context: CommandContext, ousUid: string): Promise<boolean> {
  const ouss = connect(context.env).open(databaseNames.statusEntities);
  const doc = await ouss.get(documentId(ousUid));
  if (!doc || readOus(doc)?.state !== 'Delivered') return true;
  return confirmed(context, {
    question: `${ousUid} is Delivered. Set it back to the start?`,
    why: `${ousUid} is Delivered`,
  });
}
