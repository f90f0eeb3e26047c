// Runs one command of a program: finds it, loads only its module, parses its arguments, and turns
// whatever is thrown into one line (one for each problem of a configuration) and an exit code:
// 0 done, 1 failed, 2 wrong usage.

import { Argument, Command, CommanderError } from 'commander';
import { describeError } from '../core/errors.ts';
import { ConfigurationError } from '../platform/config/configuration-error.ts';
import { escaped } from '../platform/text/printable.ts';
import {
  type CommandContext,
  type CommandModule,
  examples,
  type OutputStream,
} from './command.ts';
import { completionScript, type Shell, shells } from './help/completion.ts';
import { environmentHelp } from './help/environment-help.ts';
import { helpStyle } from './help/help-style.ts';
import { UsageError } from './usage-error.ts';
import { productVersion } from './version.ts';

export interface ProgramDefinition {
  name: string;
  summary: string;
  commands: readonly CommandEntry[];
}

export interface CommandEntry {
  name: string;
  group: string;
  summary: string;
  load(): Promise<CommandModule>;
}

export interface MainOptions {
  env: Readonly<Record<string, string | undefined>>;
  stdout: OutputStream;
  stderr: OutputStream;
}

const USAGE_CODES: readonly unknown[] = ['bad_usage', 'bad_configuration', 'invalid_input'];

export async function main(
  definition: ProgramDefinition,
  given: readonly string[],
  options: MainOptions,
): Promise<number> {
  const argv = given[0] === 'help' ? [...given.slice(1), '--help'] : given;
  let exitCode = 0;
  const context: CommandContext = {
    ...options,
    args: argv.slice(1),
    print: (text) => void options.stdout.write(`${escaped(text)}\n`),
    warn: (text) => void options.stderr.write(`${escaped(text)}\n`),
    exitWith: (code) => {
      exitCode = code;
    },
  };
  let program: Command | undefined;
  let usageExitCode = 2;
  try {
    const built = await buildProgram(definition, argv[0], context);
    const { shortOptions } = built;
    program = built.program;
    usageExitCode = built.usageExitCode;
    await program.parseAsync(withLongOptions(argv, shortOptions), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const lines =
      error instanceof ConfigurationError
        ? error.lines
        : [oneLine(error, definition.name, program, argv)];
    for (const line of lines) context.warn(`${definition.name}: ${line}`);
    if (options.env.DRAWS_DEBUG && error instanceof Error) {
      context.warn(`${error.stack}\n${error.cause ? String(error.cause) : ''}`);
    }
    return isWrongUsage(error) ? usageExitCode : 1;
  }
}

async function buildProgram(
  definition: ProgramDefinition,
  chosen: string | typeof EVERY | undefined,
  context: CommandContext,
): Promise<{ program: Command } & Required<Omit<CommandModule, 'define'>>> {
  let shortOptions = {};
  let usageExitCode = 2;
  const program = configure(new Command(definition.name), context)
    .description(definition.summary)
    .version(productVersion(), '-V, --version', 'print the version')
    .usage('<command> [options]')
    .helpCommand(false)
    .addHelpText('after', `\nMore about one: ${definition.name} <command> --help`)
    .action((_options, command: Command) => {
      const [unknown] = command.args;
      if (unknown === undefined) return command.outputHelp();
      const name = JSON.stringify(unknown);
      throw new UsageError(`there is no command ${name}${similarTo(command)}`, {
        hint: `${definition.name} --help lists them`,
      });
    })
    .allowExcessArguments();
  for (const { name, group, summary, load } of [...definition.commands, completion(definition)]) {
    const command = configure(program.command(name), context)
      .summary(summary)
      .helpGroup(group)
      .allowExcessArguments(false);
    if (name !== chosen && chosen !== EVERY) continue;
    command.description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`);
    const module = await load();
    const environment = environmentHelp(definition.name, name);
    if (environment) command.addHelpText('after', environment);
    module.define(command, context);
    shortOptions = module.shortOptions ?? {};
    usageExitCode = module.usageExitCode ?? 2;
  }
  return { program, shortOptions, usageExitCode };
}

/** In place of a command's name: each of them. */
const EVERY = Symbol('every command');

/** Each program has it. */
function completion(definition: ProgramDefinition): CommandEntry {
  const { name } = definition;
  const load = async (): Promise<CommandModule> => ({
    define: (command, context) => {
      command
        .addArgument(new Argument('<shell>', 'that is to complete').choices(shells))
        .addHelpText(
          'after',
          examples(
            `eval "$(${name} completion bash)"    # in ~/.bashrc`,
            `eval "$(${name} completion zsh)"     # in ~/.zshrc, after compinit`,
            `${name} completion fish | source     # in ~/.config/fish/config.fish`,
          ),
        )
        .action(async (shell: Shell) => {
          const { program } = await buildProgram(definition, EVERY, context);
          context.stdout.write(`${completionScript(shell, program)}\n`);
        });
    },
  });
  const summary = 'what a shell needs to complete commands and options';
  return { name: 'completion', group: 'Shell:', summary, load };
}

/** `: did you mean up?`, where one of the commands is similar; commander knows which. */
function similarTo(command: Command): string {
  try {
    (command as Command & { unknownCommand(): void }).unknownCommand();
  } catch (error) {
    if (error instanceof CommanderError) return suggestionOf(error);
  }
  return '';
}

function suggestionOf({ message }: CommanderError): string {
  const similar = /\(Did you mean (.*\?)\)$/.exec(message)?.[1];
  return similar === undefined ? '' : `: did you mean ${similar}`;
}

/** commander knows short options of one letter only. `-euc=DIR` is understood too. */
function withLongOptions(
  argv: readonly string[],
  shortOptions: Readonly<Record<string, string>>,
): string[] {
  const end = argv.indexOf('--');
  return argv.map((argument, index) => {
    const [name = '', ...value] = argument.split('=');
    const long = end >= 0 && index > end ? undefined : shortOptions[name];
    return long === undefined ? argument : [long, ...value].join('=');
  });
}

function configure(command: Command, context: CommandContext): Command {
  return command
    .exitOverride()
    .configureHelp(helpStyle)
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stdout.write(text),
      // Told by `main`, as any other error.
      outputError: () => {},
    });
}

function oneLine(
  error: unknown,
  name: string,
  program: Command | undefined,
  argv: readonly string[],
): string {
  if (!(error instanceof CommanderError)) return describeError(error).replaceAll('\n', ' ');
  const chosen = chosenCommands(program, argv);
  const [wrong] = error.message.replace(/^error: /, '').split('\n');
  const told = `${wrong}${suggestionOf(error)}`;
  // commander has printed the help of a command that wants one of its own commands.
  const message = error.code === 'commander.help' ? `${chosen.at(-1)} of what?` : told;
  return `${message} (see ${[name, ...chosen].join(' ')} --help)`;
}

/** The command and the subcommand that the arguments begin with, as far as they exist. */
function chosenCommands(program: Command | undefined, argv: readonly string[]): string[] {
  const names: string[] = [];
  let at = program;
  for (const argument of argv) {
    at = at?.commands.find((one) => one.name() === argument);
    if (!at) break;
    names.push(argument);
  }
  return names;
}

function isWrongUsage(error: unknown): boolean {
  if (error instanceof CommanderError) return true;
  return USAGE_CODES.includes((error as { code?: unknown } | null)?.code);
}
