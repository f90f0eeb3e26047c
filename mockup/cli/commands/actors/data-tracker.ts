// `draws data-tracker`.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .addHelpText('after', examples('DRAWS_LOCATION=EU draws data-tracker'))
    .action(async () => {
      const { runActor } = await import('../../actor/run-actor.ts');
      const { createDataTracker: create } = await import(
        '../../../actors/data-tracker/data-tracker.ts'
      );
      await runActor({ name: 'data-tracker', create, options: undefined }, context);
    });
}
