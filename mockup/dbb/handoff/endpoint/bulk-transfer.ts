// Many files of many directories in one command: where the transfer template is a plain rsync or
// scp, the same connection options make an rsync that reads the names from its input. (scp itself
// needs several round trips per file.)

import { quoteForShell } from '../../../platform/process/shell-quoting.ts';
import {
  type CommandTemplate,
  isPlaceholder,
  type TemplateArgument,
} from '../../remote/command-template.ts';
import { programOf } from '../../remote/ssh-options.ts';

export interface BulkTransfer {
  /** As the template names it, where that is an rsync. */
  program: string;
  /** rsync's own options. */
  options: string[];
  /** The remote shell with its options; undefined where the endpoint is a local directory. */
  shell: string[] | undefined;
  /** What stands before the directory: `user@host:`. */
  target: string;
  /** True where the template asks for rsync, so that there is no other way if it is missing. */
  isTemplate: boolean;
}

export interface BulkCall {
  transfer: BulkTransfer;
  /** Options for the shell, such as those for the shared connection. */
  shellOptions: readonly string[];
  buffer: string;
  /** Directory at the endpoint; made where it is missing. */
  destination: string;
  rateLimit_kib: number | undefined;
  /** What is there of a file already is gone on with. */
  resume: boolean;
}

/** Undefined where the template is something else, or has options whose meaning here is not sure. */
export function bulkTransferOf({ arguments: all }: CommandTemplate): BulkTransfer | undefined {
  const [program, ...rest] = all;
  const destination = rest.at(-1);
  const isSource = (argument: TemplateArgument) =>
    isPlaceholder(argument, 'file') || isPlaceholder(argument, 'batch');
  const options = rest.slice(0, -1).filter((argument) => !isSource(argument));
  if (!program || !destination || rest.length - 1 - options.length !== 1) return undefined;
  const literal = [program, ...options].map(literalOf);
  const target = targetOf(destination);
  if (target === undefined || literal.some((text) => text === undefined)) return undefined;
  const argv = literal as string[];
  const derive = { rsync: fromRsync, scp: fromScp }[programOf(argv)];
  return derive?.(argv, target);
}

/** The command; the names go to its input, each ended by a NUL. */
export function bulkCommand(call: BulkCall): string[] {
  const { program, options, shell, target } = call.transfer;
  const limit = call.rateLimit_kib === undefined ? [] : [`--bwlimit=${call.rateLimit_kib}`];
  const [shellProgram, ...shellArguments] = shell ?? [];
  const rsh =
    shellProgram === undefined
      ? []
      : [`--rsh=${[shellProgram, ...call.shellOptions, ...shellArguments].map(quote).join(' ')}`];
  return [
    program,
    ...options,
    ...limit,
    ...partialOptions(call),
    ...rsh,
    '--protect-args',
    '--from0',
    '--files-from=-',
    '--',
    `${call.buffer}/`,
    `${target}${call.destination}/`,
  ];
}

/** Options beside which what was sent of a file can't be kept under its own name. */
const NO_PARTIALS =
  /^(--partial-dir|--delay-updates|--inplace|--append|--sparse|--whole-file|-[a-zA-Z]*[SW])/;

/** True where a transfer that is cut off leaves what it sent of a file, to go on with. */
export function keepsPartials({ options }: BulkTransfer): boolean {
  return !options.some((option) => NO_PARTIALS.test(option));
}

function partialOptions({ transfer, resume }: BulkCall): string[] {
  if (!keepsPartials(transfer)) return [];
  return resume ? ['--partial', '--append-verify'] : ['--partial'];
}

/** A template's own `rsync …` with these options for its remote shell, where that is ssh. */
export function withShellOptions(argv: readonly string[], options: readonly string[]): string[] {
  const [program = '', ...rest] = argv;
  const at = rest.findIndex((one) => one === '--rsh' || /^-[A-Za-z]*e$/.test(one));
  const inOne = rest.findIndex((one) => one.startsWith('--rsh='));
  const [place, before] = at >= 0 ? [at + 1, ''] : [inOne, '--rsh='];
  // Without the option it is ssh that is used, unless a daemon is asked for (`host::`, `rsync://`).
  const isRemote = /^[^/:]+:(?!:|\/\/)/.test(rest.at(-1) ?? '');
  if (place < 0 && !isRemote) return [...argv];
  const shell = place < 0 ? 'ssh' : (rest[place] ?? '').slice(before.length);
  const [ssh = '', ...others] = shell.trim().split(/\s+/);
  if (programOf([ssh]) !== 'ssh') return [...argv];
  const text = [ssh, ...options.map(quote), ...others].join(' ');
  if (place < 0) return [program, `--rsh=${text}`, ...rest];
  return [program, ...rest.with(place, before + text)];
}

/** `./` in front: rsync would take a name that begins with `#` or `;` for a comment. */
export function bulkInput(paths: readonly string[]): string {
  return paths.map((path) => `./${path}\0`).join('');
}

/** rsync splits its remote shell at blanks, and knows quotes but no backslashes. */
function quote(text: string): string {
  if (quoteForShell(text) === text) return text;
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}

/** Options that would do something else than send these files, or that this command sets itself. */
const REFUSED_RSYNC =
  /^(--files-from|--from0|-0|--delete|--remove-source-files|--dry-run|-n$|--list-only|--backup|--compare-dest|--copy-dest|--link-dest|--existing|--ignore-existing|--update|--daemon|--read-batch|--write-batch|--only-write-batch|--temp-dir|-T|--no-relative|--no-R$|--preallocate)/;

function fromRsync(argv: string[], target: string): BulkTransfer | undefined {
  const [program = 'rsync', ...rest] = argv;
  const options: string[] = [];
  let shell: string | undefined;
  for (let at = 0; at < rest.length; at++) {
    const option = rest[at] ?? '';
    if (REFUSED_RSYNC.test(option) || !option.startsWith('-')) {
      // A value that belongs to the option before it is one too, but which do take one?
      return undefined;
    }
    if (option === '--') continue;
    if (option === '--rsh' || /^-[A-Za-z]*e$/.test(option)) {
      shell = rest[++at];
      const others = option.startsWith('--') ? '-' : option.slice(0, -1);
      if (others !== '-') options.push(others);
    } else if (option.startsWith('--rsh=')) shell = option.slice('--rsh='.length);
    else options.push(option);
  }
  const words = target === '' ? undefined : (shell ?? 'ssh').trim().split(/\s+/);
  if (shell !== undefined && /['"\\]/.test(shell)) return undefined;
  return { program, options, shell: words, target, isTemplate: true };
}

const SCP_FLAGS = /^-[12346ABCOpqrRTv]+$/;
/** Options with a value that ssh knows under the same letter. */
const SAME_FOR_SSH = new Set(['-i', '-F', '-J', '-o', '-c']);

function fromScp(argv: string[], target: string): BulkTransfer | undefined {
  const options: string[] = [];
  const shell = ['ssh'];
  const rest = argv.slice(1);
  for (let at = 0; at < rest.length; at++) {
    const option = rest[at] ?? '';
    if (option === '--') continue;
    if (SCP_FLAGS.test(option)) {
      if (option.includes('p')) options.push('--times', '--perms');
      for (const flag of ['4', '6', 'A', 'C']) if (option.includes(flag)) shell.push(`-${flag}`);
      continue;
    }
    const [letter, value] =
      option.length > 2 ? [option.slice(0, 2), option.slice(2)] : [option, rest[++at]];
    if (value === undefined) return undefined;
    if (SAME_FOR_SSH.has(letter)) shell.push(letter, value);
    else if (letter === '-P') shell.push('-p', value);
    // scp counts in kbit/s, rsync in KiB/s.
    else if (letter === '-l')
      options.push(`--bwlimit=${Math.max(Math.floor(Number(value) / 8), 1)}`);
    else return undefined;
  }
  if (target === '') return undefined;
  return { program: 'rsync', options, shell, target, isTemplate: false };
}

function literalOf(argument: TemplateArgument): string | undefined {
  const [part = ''] = argument;
  return argument.length <= 1 && typeof part === 'string' ? part : undefined;
}

/** `user@host:{dest}` (a slash may follow) → `user@host:`, `{dest}` → ''. */
function targetOf(argument: TemplateArgument): string | undefined {
  const parts = argument.at(-1) === '/' ? argument.slice(0, -1) : argument;
  const last = parts.at(-1);
  if (typeof last !== 'object' || last.name !== 'dest' || parts.length > 2) return undefined;
  const [target] = parts;
  if (typeof target !== 'string') return '';
  return /^[^/:]+:$/.test(target) && !target.startsWith('-') ? target : undefined;
}
