// What a command module gives and gets. A command takes environment and streams from its context,
// never from `process`, so that tests can run it in their own process.

import type { Command } from 'commander';

export interface OutputStream {
  write(text: string): boolean;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface CommandContext {
  /** The command's own arguments, as they were given. */
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  stdout: OutputStream;
  stderr: OutputStream;
  /** A line on standard output. */
  print(text: string): void;
  /** A line on standard error. */
  warn(text: string): void;
  /** The exit code when the command has ended; 0 without it. */
  exitWith(code: number): void;
}

export interface CommandModule {
  /** Adds arguments, options, help and action. */
  define(command: Command, context: CommandContext): void;
  /** Short options of several letters, as the original has them: `-euc` → `--eu-cache`. */
  shortOptions?: Readonly<Record<string, string>>;
  /** Of wrong usage, where 2 means something else. */
  usageExitCode?: number;
}

/** The last part of a command's help. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
