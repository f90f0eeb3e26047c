// `draws dra`: by a person at the terminal, or by itself.

import type { Command } from 'commander';
import type { Executive } from '../../../core/executives.ts';
import { type CommandContext, examples } from '../../command.ts';
import { requireExecutives } from '../../environment.ts';

interface Options {
  assignTo?: string[];
  auto?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command
    .option('-a, --assign-to <location...>', 'EA, EU, JAO or NA; without it you are asked')
    .option('--auto', 'a robot in place of the person, spreading over the locations')
    .addHelpText('after', examples('draws dra -a EU', 'draws dra --auto -a EU NA EA'))
    .action(async (options: Options) => {
      const assignTo: Executive[] = requireExecutives(options.assignTo ?? [], '--assign-to');
      const { runActor } = await import('../../actor/run-actor.ts');
      const { createDra: create } = await import('../../../actors/dra/dra.ts');
      await runActor(
        {
          name: 'dra',
          only: 'JAO',
          create,
          options: { assignTo, auto: options.auto ?? false },
          interactive: !options.auto,
        },
        context,
      );
    });
}
