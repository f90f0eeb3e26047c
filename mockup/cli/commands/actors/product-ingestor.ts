// `draws product-ingestor`.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';
import { localCache } from '../../environment.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .addHelpText(
      'after',
      examples('DRAWS_LOCAL_CACHE=/tmp/draws-jao-cache draws product-ingestor'),
    )
    .action(async () => {
      const options = { localCache: localCache(context.env) };
      const { runActor } = await import('../../actor/run-actor.ts');
      const { createProductIngestor: create } = await import(
        '../../../actors/product-ingestor/product-ingestor.ts'
      );
      await runActor({ name: 'product-ingestor', only: 'JAO', create, options }, context);
    });
}
