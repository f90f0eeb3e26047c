// The configuration of the handoff manager. What a configuration of the Python manager may hold is
// accepted here; what is new has a default that leaves such a configuration as good as it was.

import { z } from 'zod';
import {
  databaseName,
  engine,
  ignoredEngineSettings,
  tableName,
} from '../records/database-settings.ts';
import { loggingSettings } from '../records/logging-settings.ts';
import { patternList } from '../records/patterns.ts';
import { readSettings } from '../records/read-settings.ts';
import { type EndpointCommands, parseEndpointCommands } from './endpoint/endpoint-commands.ts';

export { toPattern } from '../records/patterns.ts';

export const DEFAULT_REMOTE = 'ssh {user}@{host} "{command}"';
export const DEFAULT_TRANSFER = 'scp -Bpq {file} {user}@{host}:{dest}';

const directory = (what: string) => z.string({ error: what }).min(1, { error: what });
const seconds = (what: string) => z.number({ error: what }).gt(0, { error: what });
const atLeast = (low: number) => {
  const error = `a whole number, ${low} or more`;
  return z.int({ error }).min(low, { error });
};
const yesOrNo = z.boolean({ error: 'true or false' });
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

const database = z.strictObject({
  engine,
  tablenames: z
    .strictObject({
      file: tableName.default('handoff-files'),
      batch: tableName.default('handoff-batches'),
      schema: databaseName.optional(),
    })
    .prefault({}),
  ...ignoredEngineSettings,
});

/** What may go from the holding area, once the endpoint has proven that it has it. */
const retention = z.strictObject({
  age: seconds('seconds since it was held, or null').nullable().default(null),
  files: atLeast(0).nullable().default(null),
  free: z.number({ error: 'MiB to be left free, or null' }).gt(0).nullable().default(null),
  /** Seconds between two rounds. */
  every: seconds('seconds').default(3600),
});

const handoff = z.strictObject({
  buffer: directory('a directory'),
  holding: directory('a directory'),
  /** For the journal of transfers in flight. */
  state: directory('a directory, or null for .hdfmgr in the buffer').nullable().default(null),
  on_conflict: oneOf(['version', 'replace', 'fail']).default('version'),
  /** 2^20 bytes left free in the holding area, where that is another file system. */
  keep_free: z.number({ error: 'a number of MiB' }).min(0).default(0),
  retention: retention.nullish(),
});

const parameter = z.union([z.string(), z.number(), z.boolean()], {
  error: 'a text or a number, for the command templates',
});

const endpointKeys = z
  .object({
    buffer: directory('a directory on the endpoint'),
    staging: directory('a directory on the endpoint, or null').nullish(),
    storage: directory('a directory on the endpoint, or null').nullish(),
    verify: oneOf(['none', 'size', 'checksum']).default('size'),
    shared_connection: yesOrNo.default(true),
    /** `auto`: where the templates are plain ssh with scp or rsync, many files per rsync. */
    bulk: oneOf(['auto', 'template']).default('auto'),
    commands: z
      .strictObject({
        remote: z.string({ error: 'a command with {command}' }).default(DEFAULT_REMOTE),
        transfer: z
          .string({ error: 'a command with {dest} and {file} or {batch}' })
          .default(DEFAULT_TRANSFER),
      })
      .prefault({}),
  })
  .catchall(parameter);

/** `command: {remote, transfer}`: as a configuration in the seed's repository has it. */
const endpoint = z.preprocess((given) => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  const { command, ...others } = given as Record<string, unknown>;
  if (typeof command !== 'object' || command === null || 'commands' in others) return given;
  return { ...others, commands: command };
}, endpointKeys);

const general = z.strictObject({
  chunk_size: atLeast(1).nullish(),
  num_threads: atLeast(1).default(2),
  timeout: seconds('seconds, or null').nullable().default(null),
  pause: seconds('seconds').default(1),
  expiration_time: seconds('seconds').default(86_400),
  exclude_list: patternList,
  /** Which of the files that wait go first. */
  order: oneOf(['found', 'newest']).default('found'),
  first: patternList,
  /** Seconds without a change after which a file counts as complete. */
  settle: z.number({ error: 'seconds' }).min(0, { error: 'seconds, 0 or more' }).default(0),
  /** 2^20 bytes per second, over all transfers. */
  rate_limit: z.number().gt(0, { error: 'MiB per second, or null' }).nullable().default(null),
  /** Longest time between two attempts, for an endpoint that is down and for one file. */
  retry_limit: seconds('seconds').default(60),
});

export const handoffSettings = z.strictObject(
  {
    database: database.prefault({}),
    handoff,
    endpoint,
    logging: loggingSettings,
    general: general.prefault({}),
  },
  { error: 'the sections database, handoff, endpoint, logging, general' },
);

export type HandoffSettings = z.output<typeof handoffSettings>;

export interface HandoffConfiguration extends HandoffSettings {
  commands: EndpointCommands;
  /** Things that are no errors, but perhaps not what was meant. */
  remarks: string[];
}

/** `name` is the file's name, for errors. Throws ConfigurationError: one line per problem. */
export function readConfiguration(text: string, name: string): HandoffConfiguration {
  const settings = readSettings(text, name, handoffSettings);
  const commands = parseEndpointCommands(settings.endpoint, name);
  return { ...settings, commands, remarks: commands.remarks };
}
