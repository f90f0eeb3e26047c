// `draws xtss`.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

export function define(command: Command, context: CommandContext): void {
  command.addHelpText('after', examples('DRAWS_LOCATION=JAO draws xtss')).action(async () => {
    const { runActor } = await import('../../actor/run-actor.ts');
    const { createXtss: create } = await import('../../../actors/xtss/xtss.ts');
    await runActor({ name: 'xtss', only: 'JAO', create, options: undefined }, context);
  });
}
