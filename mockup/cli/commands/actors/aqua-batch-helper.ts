// `draws aqua-batch-helper`.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

export function define(command: Command, context: CommandContext): void {
  command.addHelpText('after', examples('draws aqua-batch-helper')).action(async () => {
    const { runActor } = await import('../../actor/run-actor.ts');
    const { createAquaBatchHelper: create } = await import(
      '../../../actors/aqua-batch-helper/aqua-batch-helper.ts'
    );
    await runActor(
      { name: 'aqua-batch-helper', only: 'JAO', create, options: undefined },
      context,
    );
  });
}
