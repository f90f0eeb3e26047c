// `draws aqua-qa2`: by a person at the terminal, or by itself.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';
import { localCacheIfAny, requireNumber } from '../../environment.ts';
import { verdictShares } from '../../lifeline/settings.ts';
import { UsageError } from '../../usage-error.ts';

interface Options {
  auto?: string | true;
  cacheUrl?: string;
}

interface Shares {
  pass: number;
  semipass: number;
  fail: number;
}

const DEFAULT_SHARES = 'pass=0.8,semipass=0.1,fail=0.1';

export function define(command: Command, context: CommandContext): void {
  command
    .option('--auto [shares]', `a robot in place of the person (default: ${DEFAULT_SHARES})`)
    .option('--cache-url <url>', "where JAO's cache is shown (default: http://localhost:8000)")
    .addHelpText(
      'after',
      examples('draws aqua-qa2', 'draws aqua-qa2 --auto pass=0.9,semipass=0.1,fail=0'),
    )
    .action(async ({ auto, cacheUrl }: Options) => {
      const { env } = context;
      const shares = auto && parseShares(auto === true ? DEFAULT_SHARES : auto);
      const { runActor } = await import('../../actor/run-actor.ts');
      const { createAquaQa2: create } = await import('../../../actors/aqua-qa2/aqua-qa2.ts');
      await runActor(
        {
          name: 'aqua-qa2',
          only: 'JAO',
          create,
          options: { auto: shares || undefined, cacheUrl, localCache: localCacheIfAny(env) },
          interactive: !shares,
          onSettings: (settings) => {
            if (shares) Object.assign(shares, verdictShares(settings.failureRate));
          },
        },
        context,
      );
    });
}

function parseShares(text: string): Shares {
  const shares: Shares = { pass: 0, semipass: 0, fail: 0 };
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=');
    if (!Object.hasOwn(shares, name)) {
      throw new UsageError(`--auto ${JSON.stringify(text)} is not understood`, {
        hint: `such as ${DEFAULT_SHARES}`,
      });
    }
    shares[name as keyof Shares] = requireNumber(value, `--auto ${name}`, 0, 1000);
  }
  return shares;
}
