// CommandIngest: any command with placeholders. It is split once as a shell would split it and then
// filled, so that whatever a file is called, it stays one argument and is never executed.

import { z } from 'zod';
import { describeError } from '../../../core/errors.ts';
import { ConfigurationError } from '../../../platform/config/configuration-error.ts';
import {
  type CommandTemplate,
  fillTemplate,
  parseTemplate,
  placeholdersOf,
  standsAlone,
} from '../../remote/command-template.ts';
import type { CreatePlugin, PluginFile, PluginPorts } from './plugin.ts';
import { parsePluginSettings } from './plugin-settings.ts';
import { ToolFailedError } from './root-cause.ts';
import { awayByTool, TargetAwayError } from './target-away.ts';

const COMMAND = 'a command with {file} or {files}';
const PLACEHOLDERS = ['file', 'files', 'relpath', 'filename', 'checksum', 'size'];

const schema = z.strictObject({
  command: z.string({ error: COMMAND }).min(1, { error: COMMAND }),
  version: z.string().default(''),
  env: z.record(z.string(), z.string()).default({}),
  /** Exit codes that mean that the same may succeed later. */
  retry_exit_codes: z.array(z.int(), { error: 'a list of exit codes' }).default([75]),
});

export const createCommandIngest: CreatePlugin = async (settings, ports) => {
  const own = parsePluginSettings(schema, settings);
  const template = parse(own.command);
  await requireProgram(template, own.env, ports);
  const run = async (values: Record<string, string | readonly string[]>): Promise<void> => {
    const argv = fillTemplate(template, values);
    const result = await ports.runTool(argv, { env: own.env });
    if (result.exitCode === 0) return;
    const away = awayByTool(argv[0] ?? '', result);
    if (away) throw away;
    const error = new ToolFailedError(argv[0] ?? '', result);
    const passes = own.retry_exit_codes.includes(result.exitCode ?? -1);
    throw passes ? Object.assign(error, { retriable: true }) : error;
  };
  const ingestMany = (files: readonly PluginFile[]): Promise<void> =>
    run({ files: files.map(({ path }) => path) });
  if (placeholdersOf(own.command).includes('files')) {
    return {
      version: own.version,
      ingest: (file) => ingestMany([file]),
      ingestMany,
    };
  }
  return {
    version: own.version,
    ingest: ({ path, relpath, filename, checksum, size_bytes }) =>
      run({ file: path, relpath, filename, checksum, size: String(size_bytes) }),
  };
};

/** Its first word is a program that can be found; nothing is run for that. */
async function requireProgram(
  template: CommandTemplate,
  env: Record<string, string>,
  ports: PluginPorts,
): Promise<void> {
  const [program = ''] = fillTemplate(
    template,
    Object.fromEntries(PLACEHOLDERS.map((one) => [one, ''])),
  );
  if (program === '' || (await ports.findProgram(program, env))) return;
  const hint = 'is it installed, in PATH, and executable?';
  throw new TargetAwayError(`there is no program ${program}`, { hint });
}

function parse(text: string): CommandTemplate {
  const refuse = (expected: string): never => {
    const key = 'ingester.plugin.config.command';
    throw new ConfigurationError([{ key, expected, received: JSON.stringify(text) }]);
  };
  const names = placeholdersOf(text);
  const unknown = names.find((name) => !PLACEHOLDERS.includes(name));
  if (unknown) refuse(`no placeholder but ${PLACEHOLDERS.join(', ')}`);
  let template: CommandTemplate | undefined;
  try {
    template = parseTemplate(text);
  } catch (error) {
    refuse(`a command that a shell could split (not ${describeError(error)})`);
  }
  if (!template) return refuse(COMMAND);
  const hasFiles = names.includes('files');
  if (!hasFiles && !names.includes('file') && !names.includes('relpath')) refuse(COMMAND);
  if (hasFiles && (names.length > 1 || !standsAlone(template, 'files'))) {
    refuse('{files} as an argument of its own, and no other placeholder');
  }
  return template;
}
