// Gen3Ingest: `butler ingest-raws`, and where an instrument is named `butler define-visits` after it.
// The settings are those of the Python manager, flat or in its sections. A file that the repository
// calls known is a success only where it holds the same content.

import { z } from 'zod';
import {
  AlreadyThereError,
  callTool,
  OtherContentError,
  requireRepository,
  toolVersion,
} from './butler.ts';
import {
  compareWithDatasets,
  darkDatasets,
  type RawDatasets,
  verifyInDatasets,
} from './gen3-content.ts';
import type { CreatePlugin, PluginFile, PluginPorts } from './plugin.ts';
import { parsePluginSettings } from './plugin-settings.ts';

const transfers = [
  'auto',
  'link',
  'symlink',
  'hardlink',
  'copy',
  'move',
  'relsymlink',
  'direct',
] as const;
const root = z
  .string({ error: 'the Butler repository' })
  .min(1, { error: 'the Butler repository' });
const text = z.string({ error: 'a text' }).min(1);
const transfer = z.enum(transfers, { error: `one of ${transfers.join(', ')}` });
const overrides = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish();
const processes = z.int({ error: 'a whole number, 1 or more' }).min(1).nullish();
const yesOrNo = z.boolean({ error: 'true or false' }).nullish();

const shared = {
  command: text.default('butler'),
  env: z.record(z.string(), z.string()).default({}),
};

/** Of the task that ingests. What its command line has no option for may stand, where it is harmless. */
const ingest = {
  config: overrides,
  config_file: text.nullish(),
  /** Ways of the Python task to work on many files at a time: `num_threads` is ours. */
  pool: z.unknown().optional(),
  processes,
  group_files: yesOrNo,
  /** For directories, of which none is given to it. */
  file_filter: text.nullish(),
  skip_existing_exposures: z
    .literal(false, {
      error: 'false: the command line has no such option (files that are there count as ingested)',
    })
    .nullish(),
  update_exposure_records: yesOrNo,
  track_file_attrs: yesOrNo,
  transfer: transfer.default('direct'),
};

/** Of the task that defines visits. */
const visits = {
  collections: text.nullish(),
  config_file: text.nullish(),
  processes,
  task: text.nullish(),
  update_records: yesOrNo,
};

const flat = z.strictObject({
  root,
  ...ingest,
  ingest_task: text.nullish(),
  instrument: text.nullish(),
  output_run: text.nullish(),
  visits: z.strictObject(visits).nullish(),
  ...shared,
});

const sections = z
  .strictObject({
    butler: z.strictObject({ root, collection: text.nullish() }),
    ingest: z.preprocess(
      (own) => own ?? {},
      z.strictObject({ ...ingest, task: text.nullish(), output_run: text.nullish() }),
    ),
    visits: z.strictObject({ ...visits, instrument: text }).nullish(),
    ...shared,
  })
  .transform(({ butler, ingest: { task, ...own }, visits: defined, command, env }) => {
    const { instrument, ...others } = defined ?? {};
    // As in the Python manager, the collection is where raws go and where visits are sought.
    const collections = butler.collection ?? defined?.collections;
    return {
      ...own,
      ...{ root: butler.root, command, env, instrument, ingest_task: task },
      output_run: butler.collection ?? own.output_run,
      visits: { ...others, collections },
    };
  });

export const createGen3Ingest: CreatePlugin = async (settings, ports) => {
  const schema = 'butler' in settings ? sections : flat;
  const own = parsePluginSettings(schema, settings) as z.output<typeof flat>;
  const { command, env, root: repository } = own;
  const version = await toolVersion(ports, [command, '--version'], env);
  await requireRepository(repository);
  const options = optionsOf(own);
  const ingestMany = async (files: readonly PluginFile[]): Promise<void> => {
    const paths = files.map(({ path }) => path);
    const argv = [command, 'ingest-raws', repository, ...paths, ...options];
    try {
      await callTool(ports, { argv, env, root: repository });
    } catch (error) {
      const [file] = files;
      // Of a batch it is not told which: each is tried by itself.
      if (!(error instanceof AlreadyThereError) || !file || files.length > 1) throw error;
      await proveSame(file, own, ports, error);
    }
    if (own.instrument) await defineVisits(own, ports);
  };
  return {
    ...{ version, ingestMany, ingest: (file: PluginFile) => ingestMany([file]) },
    verify: (files) => verifyInDatasets(files, datasetsOf(own), ports),
    keysOf: ({ path, checksum }) => [path, checksum],
    dark: (isKnown) => darkDatasets(isKnown, datasetsOf(own), ports),
  };
};

type Own = z.output<typeof flat>;

/** Throws OtherContentError where the repository does not hold the content of this file. */
async function proveSame(
  file: PluginFile,
  own: Own,
  ports: PluginPorts,
  cause: AlreadyThereError,
): Promise<void> {
  const found = await compareWithDatasets(file, datasetsOf(own), ports);
  if (found !== 'same') throw new OtherContentError(file, found, cause);
}

function datasetsOf({ command, env, root: repository, output_run }: Own): RawDatasets {
  return { command, env, root: repository, collection: output_run ?? undefined };
}

/**
 * Visits that are defined already as they should be are passed over by the command itself. A
 * conflict may come from another process that defines the same ones: the second try tells.
 */
async function defineVisits(own: Own, ports: PluginPorts): Promise<void> {
  const { command, env, root: repository, instrument } = own;
  const { collections, config_file, update_records } = own.visits ?? {};
  const argv = [command, 'define-visits', repository, instrument ?? ''];
  if (collections) argv.push('--collections', collections);
  if (config_file) argv.push('--config-file', config_file);
  if (update_records) argv.push('--update-records');
  const call = { argv, env, root: repository };
  try {
    await callTool(ports, call);
  } catch (error) {
    if (!(error instanceof AlreadyThereError)) throw error;
    await callTool(ports, call);
  }
}

function optionsOf(own: Own): string[] {
  const options = ['--transfer', own.transfer];
  if (own.output_run) options.push('--output-run', own.output_run);
  if (own.ingest_task) options.push('--ingest-task', own.ingest_task);
  if (own.config_file) options.push('--config-file', own.config_file);
  for (const [key, value] of Object.entries(own.config ?? {})) {
    options.push('--config', `${key}=${value}`);
  }
  if (own.update_exposure_records) options.push('--update-records');
  if (own.track_file_attrs === false) options.push('--no-track-file-attrs');
  return options;
}
