// The database of a manager as a process that can be killed with -9, and comes again at its address.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../../../mockup/cli/draws.mjs');

export interface DatabaseProcess {
  url: string;
  kill(): Promise<void>;
  /** At the same address, with the same data. */
  start(): Promise<void>;
  end(): Promise<void>;
}

export async function startDatabase(): Promise<DatabaseProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'hdfmgr-database-'));
  let child: ChildProcess | undefined;
  const start = async (port: string): Promise<string> => {
    child = spawn(process.execPath, [PROGRAM, 'couchdb', '--port', port, '--data', directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    for await (const part of child.stdout?.setEncoding('utf8') ?? []) {
      text += part;
      const [, url] = /listening on (\S+)/.exec(text) ?? [];
      if (url !== undefined) return url;
    }
    throw new Error(`the database ended: ${text}`);
  };
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const url = await start('0');
  return {
    url,
    kill,
    start: async () => void (await start(new URL(url).port)),
    end: async () => {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
