// A component of the endpoint manager as a process of a benchmark, which listens to what it says.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, '../../../mockup/cli/endmgr.mjs');

export interface EndmgrProcess {
  pid: number;
  /** Resolves when a line contains the text; rejects where it ends before. */
  said(text: string): Promise<void>;
  ended: Promise<unknown>;
  stop(): Promise<void>;
}

export function startEndmgr(args: readonly string[]): EndmgrProcess {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  let changed = (): void => {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    changed();
  });
  return {
    pid: child.pid ?? 0,
    ended,
    async said(text) {
      while (!lines.some((line) => line.includes(text))) {
        const told = new Promise<void>((resolve) => {
          changed = resolve;
        });
        const isOver = await Promise.race([told, ended.then(() => true)]);
        if (isOver && !lines.some((line) => line.includes(text))) {
          throw new Error(`it ended without saying ${text}: ${lines.at(-1)}`);
        }
      }
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
