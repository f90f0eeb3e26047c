// The service's environment. Names as in the prototype; values are parsed here once.

import { readFileSync } from 'node:fs';
import { InvalidInputError } from '../../core/errors.ts';
import { type Instrument, instrumentNamed } from '../../core/prompt/instruments.ts';
import { type RegistryAccess, registryAccess } from '../databases/butler-registry.ts';
import { type PipelineTable, readPipelineTable } from './pipeline-table.ts';

export interface ServiceSettings {
  instrument: Instrument;
  token: string;
  imageBucket: string;
  calibRepo: string;
  /** How the repository's registry is reached. */
  registry: RegistryAccess;
  imageTimeout_s: number;
  port: number;
  apdb: string;
  apdbNamespace: string;
  /** Which pipeline for which survey; undefined: the same for all. */
  pipelines: PipelineTable | undefined;
  /** Of the presence service; undefined: the bucket is listed. */
  presenceUrl: string | undefined;
  /** Announcements older than this are dropped. */
  expiry_s: number;
  pipeline: { seed: number; failureRate: number; processing_s: [number, number] };
}

type Environment = Readonly<Record<string, string | undefined>>;

const IMAGE_TIMEOUT_S = 50;
const EXPIRY_S = 3600;

/** Throws InvalidInputError that names the variable. */
export function readServiceSettings(env: Environment): ServiceSettings {
  return {
    instrument: instrumentNamed(required(env, 'RUBIN_INSTRUMENT')),
    token: required(env, 'PUBSUB_VERIFICATION_TOKEN'),
    imageBucket: required(env, 'IMAGE_BUCKET'),
    calibRepo: required(env, 'CALIB_REPO'),
    registry: registryAccess(env),
    imageTimeout_s: number(env, 'IMAGE_TIMEOUT', IMAGE_TIMEOUT_S, 0.1, 3600),
    port: number(env, 'PORT', 8080, 0, 65_535),
    apdb: apdbUrl(env),
    apdbNamespace: env.APDB_NAMESPACE || 'apdb',
    pipelines: pipelines(env.PIPELINES_CONFIG),
    presenceUrl: presenceUrl(env.RAW_MICROSERVICE),
    expiry_s: number(env, 'NEXT_VISIT_EXPIRY', EXPIRY_S, 1, 86_400),
    pipeline: {
      seed: number(env, 'PIPELINE_SEED', 1, 0, 2 ** 31),
      failureRate: number(env, 'PIPELINE_FAILURE_RATE', 0, 0, 1),
      processing_s: processing(env),
    },
  };
}

/** `APDB_URL`, or what the prototype has: an address and a password. */
function apdbUrl(env: Environment): string {
  if (env.APDB_URL) return env.APDB_URL;
  const password = encodeURIComponent(env.PSQL_APDB_PASS ?? '');
  return `postgresql://postgres:${password}@${required(env, 'IP_APDB')}/postgres`;
}

/** The table itself, or the name of its file. */
function pipelines(given: string | undefined): PipelineTable | undefined {
  if (!given) return undefined;
  const isTable = /^\s*[-[]/.test(given);
  try {
    return readPipelineTable(isTable ? given : readFileSync(given, 'utf8'));
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError(`PIPELINES_CONFIG: can't read ${given}`, { cause: error });
  }
}

function presenceUrl(given: string | undefined): string | undefined {
  if (!given) return undefined;
  if (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)) return given;
  throw new InvalidInputError('RAW_MICROSERVICE is no http or https URL');
}

function processing(env: Environment): [number, number] {
  const text = env.PIPELINE_SECONDS ?? '3..8';
  const [, from, to] = /^(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (from !== undefined && Number(from) <= Number(to)) return [Number(from), Number(to)];
  throw new InvalidInputError(`PIPELINE_SECONDS must be like 3..8, not ${JSON.stringify(text)}`);
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new InvalidInputError(`${name} is not set`, {
    hint: 'prompt-proto service --help lists the environment',
  });
}

function number(env: Environment, name: string, fallback: number, low: number, high: number) {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (Number.isFinite(value) && value >= low && value <= high) return value;
  throw new InvalidInputError(
    `${name} must be from ${low} to ${high}, not ${JSON.stringify(text)}`,
  );
}
