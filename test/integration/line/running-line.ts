// A line of real processes, started by ./scripts/start as a person does, and looked at from
// outside: its output, its processes, its end.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const POLL_MS = 50;
/** Generous, for a machine that does other things too; what is stuck then is told. */
const TIME_LIMIT_S = 150;

export interface LineEnd {
  exitCode: number | null;
  signal: string | null;
  output: string;
}

export interface RunningLine {
  pid: number;
  output(): string;
  /** Resolves when the output matches; rejects when the line ended before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  end: Promise<LineEnd>;
  kill(signal: NodeJS.Signals): void;
}

/** A directory for one test, removed by `remove`; DRAWS_TEST_KEEP=1 keeps it to be looked at. */
export function temporaryDirectory(): { path: string; remove(): unknown } {
  const path = mkdtempSync(join(tmpdir(), 'draws-test-'));
  const keep = Boolean(process.env.DRAWS_TEST_KEEP);
  return { path, remove: () => keep || rmSync(path, { recursive: true, force: true }) };
}

/** On free ports and, unless `args` say otherwise, at pace 0 without failures. */
export function startLine(
  args: readonly string[],
  { input = '', env = {} }: { input?: string; env?: Readonly<Record<string, string>> } = {},
): RunningLine {
  const ports = ['--couchdb-port', '0', '--cache-port', '0'];
  const dashboards = args.includes('--dashboard-port') ? [] : ['--no-dashboard'];
  const course = ['--pace', '0', '--failure-rate', '0', '--time-limit', String(TIME_LIMIT_S)];
  const all = [...ports, ...dashboards, ...course, ...args];
  const child = spawn(join(repository, 'scripts/start'), all, {
    cwd: tmpdir(),
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env, DRAWS_DEBUG: '' },
  });
  child.stdin.end(input);
  return watch(child);
}

function watch(child: ChildProcess): RunningLine {
  let output = '';
  let ended = false;
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const one of [...waiting]) one();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      wake();
    });
  }
  const end = new Promise<LineEnd>((resolve) => {
    child.once('close', (exitCode, signal) => {
      ended = true;
      resolve({ exitCode, signal, output });
      wake();
    });
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    end,
    kill: (signal) => void child.kill(signal),
    says: async (pattern) => {
      for (;;) {
        const match = pattern.exec(output);
        if (match) return match;
        if (ended) throw new Error(`ended without saying ${pattern}:\n${output}`);
        await new Promise<void>((resolve) => {
          const once = () => {
            waiting.delete(once);
            resolve();
          };
          waiting.add(once);
        });
      }
    },
  };
}

/** Processes whose command line or environment names the directory. */
export function processesOf(
  directory: string,
): { pid: number; command: string; environment: string }[] {
  const found: ReturnType<typeof processesOf> = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
      if (`${command}${environment}`.includes(directory)) {
        found.push({ pid: Number(name), command, environment });
      }
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

/**
 * Waits for a condition that no event tells; fails after the limit. A probe that takes long (it may
 * start a process) leaves the machine to those whom it waits for, twice as long.
 */
export async function eventually<T>(
  what: string,
  limit_ms: number,
  probe: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const end_ms = performance.now() + limit_ms;
  for (;;) {
    const begun_ms = performance.now();
    const found = await probe();
    const took_ms = performance.now() - begun_ms;
    if (found !== undefined) return found;
    if (performance.now() > end_ms) throw new Error(`not within ${limit_ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, Math.max(POLL_MS, 2 * took_ms)));
  }
}
