// The servers of the demonstration, each a process of its own with its log in a file.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Instrument } from '../../mockup/core/prompt/instruments.ts';
import { makeApdb } from '../../mockup/prompt/databases/apdb.ts';
import {
  createRepository,
  readSeedConfig,
} from '../../mockup/prompt/databases/butler-registry.ts';
import { openPostgres } from '../../mockup/prompt/databases/postgres.ts';
import { initCloud, NEXT_VISIT_SUBSCRIPTION } from '../../mockup/prompt/service/init-cloud.ts';
import type { Children } from '../handoff-demo.d/children.ts';

export interface Servers {
  couchUrl: string;
  postgresUrl: string;
  /** What a process needs in its environment to find them all. */
  env: Record<string, string>;
  repository: string;
}

export const BUCKET = 'rubin-prompt-proto-main';
const URL_LINE = /listening on (\S+)/;
const NAMESPACE = 'demonstration';

export async function startServers(children: Children, directory: string): Promise<Servers> {
  const data = (name: string): string[] => ['--data', join(directory, name)];
  children.start('couchdb', 'draws', 'couchdb', '--port', '0', ...data('couchdb'));
  children.start('postgres', 'prompt-proto', 'databases', '--port', '0', ...data('postgres'));
  const couchUrl = await children.said('couchdb', URL_LINE);
  children.env.COUCHDB_URL = couchUrl;
  children.start('pubsub', 'prompt-proto', 'pubsub', '--port', '0');
  const pubsub = await children.said('pubsub', URL_LINE);
  children.env.PUBSUB_EMULATOR_HOST = new URL(pubsub).host;
  children.start('storage', 'prompt-proto', 'storage', '--port', '0', ...data('storage'));
  children.env.STORAGE_EMULATOR_HOST = await children.said('storage', URL_LINE);
  const postgresUrl = await children.said('postgres', URL_LINE);
  children.env.APDB_URL = postgresUrl;
  const repository = join(directory, 'repository');
  await makeDatabases(postgresUrl, repository, directory);
  return { couchUrl, postgresUrl, env: children.env, repository };
}

async function makeDatabases(url: string, repository: string, directory: string): Promise<void> {
  const postgres = openPostgres(url);
  try {
    await makeApdb(postgres, 'apdb');
    const seed = stringify({ registry: { db: url, namespace: NAMESPACE } });
    writeFileSync(join(directory, 'seedconfig.yaml'), seed);
    await createRepository(readSeedConfig(seed), repository);
  } finally {
    await postgres.close();
  }
}

export interface ServicePlan {
  workers: string;
  concurrency: string;
  pace: number;
  failures: number;
  imageTimeout_s: number;
  token: string;
}

/** One service for each instrument, each with a subscription that lets its visits pass. */
export async function startServices(
  children: Children,
  instruments: readonly Instrument[],
  { repository }: Servers,
  plan: ServicePlan,
): Promise<void> {
  Object.assign(children.env, {
    PUBSUB_VERIFICATION_TOKEN: plan.token,
    IMAGE_BUCKET: BUCKET,
    CALIB_REPO: repository,
    IMAGE_TIMEOUT: String(plan.imageTimeout_s),
    PIPELINE_SECONDS: `${3 * plan.pace}..${8 * plan.pace}`,
    PIPELINE_FAILURE_RATE: String(plan.failures),
  });
  for (const instrument of instruments) {
    const { name, className } = instrument;
    children.env.RUBIN_INSTRUMENT = className;
    const limits = ['--workers', plan.workers, '--concurrency', plan.concurrency];
    children.start(`cloud-run-${name}`, 'prompt-proto', 'cloud-run', '--port', '0', ...limits);
    const url = await children.said(`cloud-run-${name}`, URL_LINE);
    await initCloud({
      projectId: 'prompt-proto',
      ...{ bucket: BUCKET, token: plan.token, endpoint: `${url}/next-visit` },
      ackDeadline_s: 600,
      subscription: `${NEXT_VISIT_SUBSCRIPTION}-${name}`,
      filter: `attributes.instrument = "${name}"`,
    });
  }
}
