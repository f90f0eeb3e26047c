// The demonstration of two hosts as a process, and its terminals as a person uses them.

import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, processesOf } from '../line/running-line.ts';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const START_LIMIT_MS = 90_000;
const SEEN_LIMIT_MS = 60_000;
const LEFT_LIMIT_MS = 30_000;

export interface RunningHosts {
  output(): string;
  /** Resolves when the output matches. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  end: Promise<{ exitCode: number | null; signal: string | null; output: string }>;
  kill(signal: NodeJS.Signals): void;
}

export function startHosts(args: readonly string[], identity: object = {}): RunningHosts {
  const child = spawn(join(repository, 'scripts/two-hosts'), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...identity,
  });
  let output = '';
  let ended = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const end = new Promise<Awaited<RunningHosts['end']>>((resolve) => {
    child.once('close', (exitCode, signal) => {
      ended = true;
      resolve({ exitCode, signal, output });
    });
  });
  return {
    output: () => output,
    end,
    kill: (signal) => void child.kill(signal),
    says: (pattern) =>
      eventually(`output ${pattern}`, START_LIMIT_MS, () => {
        const match = pattern.exec(output);
        if (!match && ended) throw new Error(`ended without saying ${pattern}:\n${output}`);
        return match ?? undefined;
      }),
  };
}

/** The directory of a demonstration is gone, and every process that knows of it. */
export async function nothingLeft(directory: string): Promise<void> {
  await eventually(`nothing is left of ${directory}`, LEFT_LIMIT_MS, () =>
    !existsSync(directory) && processesOf(directory).length === 0 ? true : undefined,
  );
}

function run(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, [...args], { maxBuffer: 1e8 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${file} ${args.join(' ')}: ${stderr || error.message}`));
      else resolve(stdout);
    });
  });
}

/** The tmux panes, each known by its actor: `JAO-dra`, `EU-shell`. */
export class Terminals {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  #tmux(...args: string[]): Promise<string> {
    return run('tmux', ['-S', this.#socket, ...args]);
  }

  async #pane(title: string): Promise<string> {
    const panes = await this.#tmux('list-panes', '-a', '-F', '#{pane_id} #{pane_title}');
    const found = panes.split('\n').find((line) => line.endsWith(` ${title}`));
    if (!found) throw new Error(`no pane ${title} in\n${panes}`);
    return found.split(' ')[0] ?? '';
  }

  async titles(): Promise<string[]> {
    const panes = await this.#tmux('list-panes', '-a', '-F', '#{pane_title}');
    return panes.trim().split('\n');
  }

  /** All that a pane shows and has shown, lines that were broken at its edge joined again. */
  async text(title: string): Promise<string> {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-', '-t', await this.#pane(title));
  }

  async shows(title: string, pattern: RegExp): Promise<RegExpExecArray> {
    try {
      return await eventually(
        `${title} shows ${pattern}`,
        SEEN_LIMIT_MS,
        async () => pattern.exec(await this.text(title)) ?? undefined,
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}:\n${await this.text(title)}`);
    }
  }

  async type(title: string, text: string): Promise<void> {
    await this.#tmux('send-keys', '-t', await this.#pane(title), '-l', text);
  }

  async press(title: string, key: string): Promise<void> {
    await this.#tmux('send-keys', '-t', await this.#pane(title), key);
  }
}

/** Runs a command line on a host, in the environment of its shell. */
export function onHost(directory: string, host: string, line: string): Promise<string> {
  const script = readFileSync(join(directory, host, 'shell.sh'), 'utf8');
  const settings = script.replaceAll(/^(exec|echo) .*$/gm, '');
  const agent = processesOf(join(directory, host))[0];
  if (!agent) throw new Error(`no process of ${host}`);
  const enter = ['--target', String(agent.pid), '--net', '--mount', '--uts', '--pid'];
  return run('nsenter', [...enter, '--', 'bash', '-c', `${settings}\n${line}`]);
}
