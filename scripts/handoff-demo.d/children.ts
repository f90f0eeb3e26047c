// The processes of the demonstration: each writes its log into a file, and all end with it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const cli = join(import.meta.dirname, '../../mockup/cli');
const STOP_LIMIT_MS = 15_000;

export class Children {
  readonly #directory: string;
  readonly #running: { name: string; child: ChildProcess }[] = [];
  #failed: ((error: Error) => void) | undefined;
  #stopping = false;
  /** What those that are started from now on have in their environment. */
  readonly env: Record<string, string> = {};
  /** Rejects when one ends that should not. */
  readonly failed: Promise<never>;

  constructor(directory: string) {
    this.#directory = directory;
    this.failed = new Promise((_, reject) => {
      this.#failed = reject;
    });
    this.failed.catch(() => {});
  }

  /** `program`: `draws`, `hdfmgr`, `endmgr` or `prompt-proto`. */
  start(name: string, program: string, ...args: string[]): void {
    const log = openSync(this.logOf(name), 'a');
    const child = spawn(process.execPath, [join(cli, `${program}.mjs`), ...args], {
      stdio: ['ignore', log, log],
      env: { ...process.env, NO_COLOR: '1', ...this.env },
    });
    closeSync(log);
    this.#running.push({ name, child });
    child.once('exit', (code, signal) => {
      if (this.#stopping) return;
      const end = readFileSync(this.logOf(name), 'utf8')
        .trimEnd()
        .split('\n')
        .slice(-3)
        .join('\n');
      this.#failed?.(new Error(`${name} ended (${signal ?? code}):\n${end}`));
    });
  }

  /** Of those that run. */
  get pids(): number[] {
    return this.#running.flatMap(({ child }) =>
      child.exitCode === null ? (child.pid ?? []) : [],
    );
  }

  logOf(name: string): string {
    return join(this.#directory, `${name}.log`);
  }

  /** Waits until its log has a line that matches; gives the first group. */
  async said(name: string, pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(readFileSync(this.logOf(name), 'utf8'));
      if (match) return match[1] ?? match[0];
      await Promise.race([this.failed, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
  }

  /** In the reverse order of their start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { child } of this.#running.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
      await ended;
      clearTimeout(force);
    }
  }
}
