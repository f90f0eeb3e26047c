// `draws replicated-cache`. It also removes old finished messages of its site, because each site
// has one.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';
import { caches, localCache, messageAge_ms, requireInteger } from '../../environment.ts';

interface Options {
  eaCache?: string;
  euCache?: string;
  naCache?: string;
  jaoCache?: string;
  port: string;
  host: string;
}

export const shortOptions = {
  '-eac': '--ea-cache',
  '-euc': '--eu-cache',
  '-nac': '--na-cache',
  '-jaoc': '--jao-cache',
};

export function define(command: Command, context: CommandContext): void {
  const cache = 'cache there: a directory, or user@host:directory';
  command
    .option('--ea-cache <cache>', cache)
    .option('--eu-cache <cache>', cache)
    .option('--na-cache <cache>', cache)
    .option('--jao-cache <cache>', cache)
    .option(
      '-p, --port <port>',
      'of the HTTP server that shows the cache; 0: any free one',
      '8000',
    )
    .option('--host <address>', 'that it listens on', '127.0.0.1')
    .addHelpText(
      'after',
      `${examples(
        'draws replicated-cache',
        'draws replicated-cache -euc arc-user@arc-host:/tmp/draws-eu-cache -p 8001',
      )}\n\n-eac, -euc, -nac and -jaoc stand for the long options.`,
    )
    .action(async (options: Options) => {
      const { env } = context;
      const actorOptions = {
        localCache: localCache(env),
        caches: { ...caches(env), ...givenCaches(options) },
        host: options.host,
        port: requireInteger(options.port, '--port', 0, 65_535),
      };
      const age_ms = messageAge_ms(env);
      const { runActor } = await import('../../actor/run-actor.ts');
      const { keepMessagesTidy } = await import('../../actor/housekeeping.ts');
      const { createReplicatedCache: create } = await import(
        '../../../actors/replicated-cache/replicated-cache.ts'
      );
      await runActor(
        {
          name: 'replicated-cache',
          create,
          options: actorOptions,
          alongside: (ports) => keepMessagesTidy(ports, age_ms),
        },
        context,
      );
    });
}

function givenCaches({ eaCache, euCache, naCache, jaoCache }: Options): Record<string, string> {
  const given = { EA: eaCache, EU: euCache, NA: naCache, JAO: jaoCache };
  return Object.fromEntries(
    Object.entries(given).flatMap(([site, cache]) =>
      cache ? [[site, cache.includes(':') ? cache : resolve(cache)]] : [],
    ),
  );
}
