// Gen2Ingest: the command line of the second generation, `ingestImages.py REPO FILE… --mode link`.
// The settings are those of the Python manager, flat or in its sections.

import { z } from 'zod';
import { holdsContent } from '../../files/content-proof.ts';
import { AlreadyThereError, callTool, OtherContentError, requireRepository } from './butler.ts';
import type { CreatePlugin, PluginFile } from './plugin.ts';
import { parsePluginSettings } from './plugin-settings.ts';
import { TargetAwayError } from './target-away.ts';

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

export const createGen2Ingest: CreatePlugin = async (settings, ports) => {
  const own = parsePluginSettings('butler' in settings ? sections : flat, settings);
  const { command, env, root: repository } = own;
  if (!(await ports.findProgram(command, env))) {
    const hint = 'is the stack set up, with obs packages, and its bin directory in PATH?';
    throw new TargetAwayError(`there is no program ${command}`, { hint });
  }
  if (!own.create) await requireRepository(repository);
  const flags = Object.entries({
    '--create': own.create,
    '--dry-run': own.dryrun,
    '--ignore-ingested': own.ignoreIngested,
  }).flatMap(([flag, wanted]) => (wanted ? [flag] : []));
  const ingestMany = async (files: readonly PluginFile[]): Promise<void> => {
    const paths = files.map(({ path }) => path);
    const argv = [command, repository, ...paths, '--mode', own.mode, ...flags];
    try {
      await callTool(ports, { argv, env, root: repository });
    } catch (error) {
      const [file] = files;
      if (!(error instanceof AlreadyThereError) || !file || files.length > 1) throw error;
      // The files of such a repository lie below it, as copies or links.
      if (!(await holdsContent(repository, file)))
        throw new OtherContentError(file, 'other', error);
    }
  };
  return { version: own.version, ingest: (file) => ingestMany([file]), ingestMany };
};
