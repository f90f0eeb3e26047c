// Repositories in database `butler-registry`: a schema of its own for each, so that one can be
// dropped without touching the others.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { AppError, InvalidInputError } from '../../core/errors.ts';
import { openPostgres, type Postgres, quoted } from './postgres.ts';

const seedConfig = z.object({
  registry: z.object({ db: z.string(), namespace: z.string().optional() }),
});

export interface SeedConfig {
  db: string;
  namespace: string;
}

const NAMESPACE = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const MARK = 'butler_repository';

/** Throws InvalidInputError; a missing namespace with the reason why there must be one. */
export function readSeedConfig(text: string): SeedConfig {
  const read = seedConfig.safeParse(parse(text));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new InvalidInputError(`seed configuration: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { db, namespace } = read.data.registry;
  if (namespace === undefined || namespace === 'public') {
    throw new InvalidInputError('seed configuration: registry.namespace is missing', {
      hint: 'without a namespace of its own the registry lands in schema "public", where it is hard to clean up',
    });
  }
  if (!NAMESPACE.test(namespace) || namespace.startsWith('pg_')) {
    throw new InvalidInputError(
      'seed configuration: registry.namespace: letters, digits and _ only',
    );
  }
  return { db, namespace };
}

/** Makes the schema with its tables and the repository's directory. Throws where either is there. */
export async function createRepository(config: SeedConfig, repository: string): Promise<void> {
  const postgres = openPostgres(config.db);
  try {
    await postgres.transaction(async (sql) => {
      const schema = quoted(config.namespace);
      const there = await sql.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [
        config.namespace,
      ]);
      if (there.length > 0) {
        throw new AppError('namespace_taken', `schema ${config.namespace} is there already`, {
          hint: 'each repository needs a namespace of its own; list and drop old ones',
        });
      }
      await sql.query(`CREATE SCHEMA ${schema}`);
      await sql.query(`COMMENT ON SCHEMA ${schema} IS '${MARK}'`);
      await sql.query(
        `CREATE TABLE ${schema}.dataset (dataset_type text NOT NULL, instrument text NOT NULL,
         detector integer, physical_filter text, region text, path text NOT NULL,
         collection text NOT NULL, ingested timestamptz NOT NULL DEFAULT now(),
         PRIMARY KEY (collection, path))`,
      );
      await mkdir(repository, { recursive: true });
      const shown = new URL(config.db);
      shown.password = '';
      const registry = { db: shown.href, namespace: config.namespace };
      const file = join(repository, 'butler.yaml');
      await writeFile(file, stringify({ registry }), { flag: 'wx' }).catch((cause: unknown) => {
        throw new AppError('repository_there', `${repository} is a repository already`, { cause });
      });
    });
  } finally {
    await postgres.close();
  }
}

export async function listNamespaces(postgres: Postgres): Promise<string[]> {
  const rows = await postgres.query(
    `SELECT nspname FROM pg_namespace WHERE obj_description(oid, 'pg_namespace') = $1 ORDER BY 1`,
    [MARK],
  );
  return rows.map(({ nspname }) => String(nspname));
}

/** Throws where there is no such repository: nobody else's schema is dropped. */
export async function dropNamespace(postgres: Postgres, namespace: string): Promise<void> {
  if (!(await listNamespaces(postgres)).includes(namespace)) {
    throw new AppError('no_namespace', `there is no repository ${JSON.stringify(namespace)}`);
  }
  await postgres.query(`DROP SCHEMA ${quoted(namespace)} CASCADE`);
}

/** Where the registry is, and its password, for whom that is another than in the repository's file. */
export interface RegistryAccess {
  /** `host` or `host:port`. */
  host?: string | undefined;
  password?: string | undefined;
}

/** `IP_REGISTRY` and `PSQL_REGISTRY_PASS`, as the prototype has them. */
export function registryAccess(env: Readonly<Record<string, string | undefined>>): RegistryAccess {
  const { IP_REGISTRY: host, PSQL_REGISTRY_PASS: password } = env;
  if (host && !/^[A-Za-z0-9._[\]:-]+$/.test(host)) {
    throw new InvalidInputError('IP_REGISTRY is an address, with or without a port');
  }
  return { host: host || undefined, password: password || undefined };
}

export async function readRepository(
  repository: string,
  { host, password }: RegistryAccess = {},
): Promise<SeedConfig> {
  const text = await readFile(join(repository, 'butler.yaml'), 'utf8').catch((cause: unknown) => {
    throw new AppError('no_repository', `${repository} is no Butler repository`, {
      hint: 'prompt-proto butler create makes one',
      cause,
    });
  });
  const config = readSeedConfig(text);
  if (host === undefined && password === undefined) return config;
  const url = new URL(config.db);
  if (host !== undefined) url.host = host;
  if (password !== undefined) url.password = encodeURIComponent(password);
  return { ...config, db: url.href };
}
