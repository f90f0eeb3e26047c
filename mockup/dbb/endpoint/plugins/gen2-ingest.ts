// Gen2Ingest: the command line of the second generation, `ingestImages.py REPO FILE… --mode link`.
// The settings are those of the Python manager, flat or in its sections.

import { z } from 'zod';
import { callTool } from './butler.ts';
import type { AttemptContext, CreatePlugin, PluginFile } from './plugin.ts';
import { parsePluginSettings } from './plugin-settings.ts';

const modes = ['copy', 'link', 'move', 'skip'] as const;
const root = z
  .string({ error: 'the Butler repository' })
  .min(1, { error: 'the Butler repository' });
const yesOrNo = z.boolean({ error: 'true or false' }).default(false);

const ingest = {
  mode: z.enum(modes, { error: `one of ${modes.join(', ')}` }).default('link'),
  create: yesOrNo,
  dryrun: yesOrNo,
  ignoreIngested: yesOrNo,
  task: z.string().nullish(),
};

const shared = {
  command: z.string({ error: 'a program' }).min(1).default('ingestImages.py'),
  version: z.string().default(''),
  env: z.record(z.string(), z.string()).default({}),
};

const flat = z.strictObject({ root, ...ingest, ...shared });
const sections = z
  .strictObject({
    butler: z.strictObject({ root }),
    ingest: z.strictObject(ingest).prefault({}),
    ...shared,
  })
  .transform(({ butler, ingest: own, ...rest }) => ({ ...butler, ...own, ...rest }));

export const createGen2Ingest: CreatePlugin = (settings, ports) => {
  const own = parsePluginSettings('butler' in settings ? sections : flat, settings);
  const flags = Object.entries({
    '--create': own.create,
    '--dry-run': own.dryrun,
    '--ignore-ingested': own.ignoreIngested,
  }).flatMap(([flag, wanted]) => (wanted ? [flag] : []));
  const ingestMany = async (
    files: readonly PluginFile[],
    { repeated }: AttemptContext,
  ): Promise<void> => {
    const paths = files.map(({ path }) => path);
    const argv = [own.command, own.root, ...paths, '--mode', own.mode, ...flags];
    const mayBeThere = repeated && paths.length === 1;
    await callTool(ports, { argv, env: own.env, mayBeThere });
  };
  return {
    version: own.version,
    ingest: (file, context) => ingestMany([file], context),
    ingestMany,
  };
};
