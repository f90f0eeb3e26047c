// `prompt-proto butler create|list|drop`: repositories with a schema each.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { type CommandContext, examples } from '../command.ts';

export function define(command: Command, context: CommandContext): void {
  command.addHelpText(
    'after',
    examples(
      'prompt-proto butler create --seed-config seedconfig.yaml repo',
      'prompt-proto butler list --db postgresql://postgres@localhost/butler-registry',
    ),
  );
  command
    .command('create <repository>')
    .description('make a repository, with a schema of its own')
    .requiredOption('--seed-config <file>', 'registry: {db: postgresql://…, namespace: …}')
    .option('--exist-ok', 'nothing happens where it is there with this schema')
    .action(async (repository: string, { seedConfig, existOk }: CreateOptions) => {
      const registry = await import('../../prompt/databases/butler-registry.ts');
      const text = await readFile(seedConfig, 'utf8').catch((cause: unknown) => {
        throw new AppError('no_seed_config', `${seedConfig} can't be read`, { cause });
      });
      const config = registry.readSeedConfig(text);
      if (existOk && (await isThere(registry, resolve(repository), config.namespace))) {
        return context.print(`${repository}: it is there already`);
      }
      await registry.createRepository(config, resolve(repository));
      context.print(`${repository}: schema ${config.namespace}`);
    });
  command
    .command('list')
    .description('the schemas of repositories')
    .requiredOption('--db <url>', 'postgresql://…')
    .action(({ db }: { db: string }) =>
      withRegistry(db, async (registry, postgres) => {
        for (const name of await registry.listNamespaces(postgres)) context.print(name);
      }),
    );
  command
    .command('drop <namespace>')
    .description("delete a repository's schema with all that is in it")
    .requiredOption('--db <url>', 'postgresql://…')
    .action((namespace: string, { db }: { db: string }) =>
      withRegistry(db, async (registry, postgres) => {
        await registry.dropNamespace(postgres, namespace);
        context.print(`dropped ${namespace}`);
      }),
    );
}

interface CreateOptions {
  seedConfig: string;
  existOk?: boolean;
}

async function isThere(
  registry: Registry,
  repository: string,
  namespace: string,
): Promise<boolean> {
  const found = await registry.readRepository(repository).catch(() => undefined);
  return found?.namespace === namespace;
}

type Registry = typeof import('../../prompt/databases/butler-registry.ts');
type Postgres = import('../../prompt/databases/postgres.ts').Postgres;

async function withRegistry(
  db: string,
  work: (registry: Registry, postgres: Postgres) => Promise<void>,
): Promise<void> {
  const registry = await import('../../prompt/databases/butler-registry.ts');
  const { openPostgres } = await import('../../prompt/databases/postgres.ts');
  const postgres = openPostgres(db);
  try {
    await work(registry, postgres);
  } finally {
    await postgres.close();
  }
}
