// The command templates of a configuration, checked at start: what they need is defined, what they
// must contain is there. And what is known about the programs that they run.

import { describeError } from '../../../core/errors.ts';
import {
  ConfigurationError,
  type ConfigurationProblem,
} from '../../../platform/config/configuration-error.ts';
import { nestCommand } from '../../../platform/process/shell-quoting.ts';
import {
  type CommandTemplate,
  fillTemplate,
  isPlaceholder,
  parseTemplate,
  placeholdersOf,
  standsAlone,
} from '../../remote/command-template.ts';
import { programOf } from '../../remote/ssh-options.ts';
import { type BulkTransfer, bulkTransferOf } from './bulk-transfer.ts';

export const RESERVED = ['batch', 'file', 'dest', 'command'] as const;

/** Keys of the `endpoint` section that are settings; templates may use the texts among them. */
const SETTINGS = new Set([
  'buffer',
  'staging',
  'storage',
  'verify',
  'shared_connection',
  'bulk',
  'commands',
]);

/** Programs that take any number of files before the destination. */
const TAKES_MANY = new Set(['scp', 'rsync', 'cp', 'mv']);

export interface EndpointCommands {
  remote: CommandTemplate;
  transfer: CommandTemplate;
  /** The placeholder of the transfer command that stands for what is sent. */
  source: 'file' | 'batch';
  /** True where one transfer command can carry several files of one directory. */
  takesMany: boolean;
  /** True where both are plain ssh, scp or rsync, which can share a connection. */
  usesSsh: boolean;
  /** How many files of many directories go at once, where that can be derived. */
  bulk: BulkTransfer | undefined;
  remarks: string[];
}

interface EndpointSection {
  commands: { remote: string; transfer: string };
  [parameter: string]: unknown;
}

/** Throws ConfigurationError. */
export function parseEndpointCommands(endpoint: EndpointSection, name: string): EndpointCommands {
  const parameters = parametersOf(endpoint);
  const problems = RESERVED.filter((key) => key in endpoint).map((key) => ({
    key: `endpoint.${key}`,
    expected: 'a parameter of another name',
    received: `${key}, which stands for what is shipped`,
  }));
  const parse = (key: 'remote' | 'transfer', own: readonly string[]) =>
    parseChecked(`endpoint.commands.${key}`, endpoint.commands[key], parameters, own, problems);
  const remote = parse('remote', ['command']);
  const transfer = parse('transfer', ['file', 'batch', 'dest']);
  if (!remote || !transfer || problems.length > 0) throw new ConfigurationError(problems, name);

  const source = placeholdersOf(transfer.text).includes('batch') ? 'batch' : 'file';
  const remoteProgram = programOf(literals(remote));
  const transferProgram = programOf(literals(transfer));
  const takesMany =
    source === 'batch' || (TAKES_MANY.has(transferProgram) && standsAlone(transfer, 'file'));
  const used = new Set([remote, transfer].flatMap(({ text }) => placeholdersOf(text)));
  const unused = Object.keys(parameters).filter((key) => !SETTINGS.has(key) && !used.has(key));
  return {
    remote,
    transfer,
    source,
    takesMany,
    usesSsh: remoteProgram === 'ssh' && ['ssh', 'scp', 'rsync'].includes(transferProgram),
    bulk: bulkTransferOf(transfer),
    remarks: unused.map((key) => `endpoint.${key} is used by no command`),
  };
}

/** The arguments that run a shell command at the endpoint. */
export function remoteCommand(template: CommandTemplate, command: string): string[] {
  return template.arguments.flatMap((argument) => {
    const at = argument.findIndex((part) => typeof part === 'object' && part.name === 'command');
    const before = argument.slice(0, Math.max(at, 0)).filter((part) => typeof part === 'string');
    const alone = isPlaceholder(argument, 'command');
    const text = alone ? command : nestCommand(command, before.join(''));
    return fillTemplate({ ...template, arguments: [argument] }, { command: text });
  });
}

function parseChecked(
  key: string,
  text: string,
  parameters: Record<string, string>,
  own: readonly string[],
  problems: ConfigurationProblem[],
): CommandTemplate | undefined {
  const names = placeholdersOf(text);
  const refuse = (expected: string) => {
    problems.push({ key, expected, received: JSON.stringify(text) });
    return undefined;
  };
  const unknown = names.find((one) => parameters[one] === undefined && !own.includes(one));
  if (unknown !== undefined) {
    const where = (RESERVED as readonly string[]).includes(unknown)
      ? `a command without {${unknown}}`
      : `endpoint.${unknown} to be defined, because {${unknown}} is used`;
    return refuse(where);
  }
  if (own.includes('command') && !names.includes('command')) return refuse('{command} in it');
  if (own.includes('dest')) {
    if (!names.includes('dest')) return refuse('{dest} in it');
    const sources = names.filter((one) => one === 'file' || one === 'batch');
    if (sources.length !== 1) return refuse('one of {file} and {batch} in it');
  }
  try {
    return parseTemplate(text, parameters);
  } catch (error) {
    return refuse(`a command that a shell could split (not ${describeError(error)})`);
  }
}

function parametersOf(endpoint: EndpointSection): Record<string, string> {
  const reserved: readonly string[] = RESERVED;
  const entries = Object.entries(endpoint).filter(
    ([key, value]) => !reserved.includes(key) && value !== null && typeof value !== 'object',
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

function literals(template: CommandTemplate): string[] {
  return template.arguments.map((argument) =>
    argument.map((part) => (typeof part === 'string' ? part : '')).join(''),
  );
}
