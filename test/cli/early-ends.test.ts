// Commands that end at once, or whose process is ended from outside, leave no files behind.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownCommand } from '../../mockup/cli/own-command.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'draws-early-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function run(args: readonly string[]): Promise<{ exitCode: unknown; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root }, (error, _, stderr) => {
      resolve({ exitCode: error ? error.code : 0, stderr });
    });
  });
}

it('couchdb makes no data directory where its port is taken', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as { port: number };
  const data = join(root, 'couchdb');
  const { args } = ownCommand('couchdb');
  const { exitCode, stderr } = await run([...args, '--port', String(port), '--data', data]);
  await new Promise((resolve) => holder.close(resolve));
  expect(stderr).toMatch(
    new RegExp(`^draws: port ${port} of 127\\.0\\.0\\.1 is in use \\(.*\\)\\n$`),
  );
  expect([exitCode, existsSync(data)]).toEqual([1, false]);
});

it('a line that ends without its stop gives its data directory free', async () => {
  const module = new URL('../../mockup/cli/up/data-directory.ts', import.meta.url).href;
  const code = `
    const { existsSync } = await import('node:fs');
    const { openDataDirectory } = await import(${JSON.stringify(module)});
    openDataDirectory(${JSON.stringify(root)}, false);
    process.exit(existsSync(${JSON.stringify(join(root, 'up.json'))}) ? 0 : 3);`;
  const { exitCode, stderr } = await run(['--input-type=module', '-e', code]);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect([existsSync(join(root, 'logs')), existsSync(join(root, 'up.json'))]).toEqual([
    true,
    false,
  ]);
});
