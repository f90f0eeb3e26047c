// Gen3Ingest: `butler ingest-raws`, and where an instrument is named `butler define-visits` after it.
// The settings are those of the Python manager, flat or in its sections.

import { z } from 'zod';
import { callTool, toolVersion } from './butler.ts';
import type { AttemptContext, CreatePlugin, PluginFile } from './plugin.ts';
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
const processes = z.int().min(1).nullish();

const shared = {
  command: text.default('butler'),
  env: z.record(z.string(), z.string()).default({}),
};

const flat = z.strictObject({
  root,
  transfer: transfer.default('symlink'),
  instrument: text.nullish(),
  config: overrides,
  config_file: text.nullish(),
  ingest_task: text.nullish(),
  output_run: text.nullish(),
  processes,
  ...shared,
});

const sections = z
  .strictObject({
    butler: z.strictObject({ root, collection: text.nullish() }),
    ingest: z
      .strictObject({
        config: overrides,
        config_file: text.nullish(),
        processes,
        task: text.nullish(),
        transfer: transfer.default('symlink'),
      })
      .prefault({}),
    visits: z
      .strictObject({
        instrument: text,
        collections: text.nullish(),
        config_file: text.nullish(),
        processes,
        task: text.nullish(),
      })
      .nullish(),
    ...shared,
  })
  .transform(({ butler, ingest, visits, command, env }) => ({
    ...{ root: butler.root, output_run: butler.collection, command, env },
    ...{ config: ingest.config, config_file: ingest.config_file, ingest_task: ingest.task },
    ...{ transfer: ingest.transfer, instrument: visits?.instrument, processes: ingest.processes },
  }));

export const createGen3Ingest: CreatePlugin = async (settings, ports) => {
  const schema = 'butler' in settings ? sections : flat;
  const { command, env, ...own } = parsePluginSettings(schema, settings);
  const options = optionsOf(own);
  const ingestMany = async (
    files: readonly PluginFile[],
    { repeated }: AttemptContext,
  ): Promise<void> => {
    const paths = files.map(({ path }) => path);
    const raws = [command, 'ingest-raws', own.root, ...paths, ...options];
    await callTool(ports, { argv: raws, env, mayBeThere: repeated && paths.length === 1 });
    if (!own.instrument) return;
    const visits = [command, 'define-visits', own.root, own.instrument];
    await callTool(ports, { argv: visits, env, mayBeThere: true });
  };
  return {
    version: await toolVersion(ports, [command, '--version'], env),
    ingest: (file, context) => ingestMany([file], context),
    ingestMany,
  };
};

type Own = Omit<z.output<typeof flat>, 'command' | 'env' | 'root'>;

function optionsOf({
  transfer: how,
  config,
  config_file,
  ingest_task,
  output_run,
}: Own): string[] {
  const options = ['--transfer', how];
  if (output_run) options.push('--output-run', output_run);
  if (ingest_task) options.push('--ingest-task', ingest_task);
  if (config_file) options.push('--config-file', config_file);
  for (const [key, value] of Object.entries(config ?? {})) {
    options.push('--config', `${key}=${value}`);
  }
  return options;
}
