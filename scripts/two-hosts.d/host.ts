// One host as the script sees it: a process in namespaces of its own (network, mounts, name,
// processes) with an agent inside that does what it is asked. The namespaces have no names: they
// are gone with their last process.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ProcessEvent } from '../../mockup/cli/up/supervised-process.ts';
import type { FromHost, HostRequest, RunResult, ToHost } from './host-messages.ts';

const AGENT = fileURLToPath(new URL('./host-agent.ts', import.meta.url));
const NAMESPACES = ['--net', '--mount', '--uts', '--pid', '--mount-proc'];
/** The first process of a host takes in orphans; a shell does that, Node does not. */
const FIRST_PROCESS = '"$@"; exit $?';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class Host {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onEvent: (event: ProcessEvent) => void;
  #lastId = 0;
  #ended = false;

  constructor(name: string, logFile: string, onEvent: (event: ProcessEvent) => void) {
    this.name = name;
    this.#onEvent = onEvent;
    const log = openSync(logFile, 'a');
    const agent = [process.execPath, '--disable-warning=ExperimentalWarning', AGENT];
    const shell = ['bash', '-c', FIRST_PROCESS, 'init', ...agent];
    this.#child = spawn('unshare', [...NAMESPACES, '--fork', '--kill-child', '--', ...shell], {
      stdio: ['ignore', log, log, 'ipc'],
      // Ctrl-C is for the script, which then ends its hosts.
      detached: true,
    });
    closeSync(log);
    this.#child.on('message', (message) => this.#onMessage(message as FromHost));
    this.#child.once('error', (error) => this.#onEnd(error));
    this.#child.once('exit', () => this.#onEnd(new Error(`${name} has ended, see ${logFile}`)));
  }

  /** Its first process, by whose pid others enter its namespaces. */
  get pid(): number {
    const outer = this.#child.pid;
    const children = readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8').trim();
    const pid = Number(children.split(' ')[0]);
    if (pid > 0) return pid;
    throw new Error(`${this.name} does not run`);
  }

  /** What a command line needs in front to run on this host. */
  get enter(): string[] {
    return ['nsenter', '--target', String(this.pid), '--net', '--mount', '--uts', '--pid', '--'];
  }

  request(request: HostRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new Error(`${this.name} has ended`));
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, request } satisfies ToHost, (error) => {
        if (error) reject(error);
      });
    });
  }

  run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<RunResult> {
    return this.request({ do: 'run', argv, env }) as Promise<RunResult>;
  }

  /** Throws where the command fails; gives its output. */
  async must(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { exitCode, stdout, stderr } = await this.run(argv, env);
    if (exitCode === 0) return stdout;
    throw new Error(`${argv.join(' ')} on ${this.name}: ${stderr.trim() || `exit ${exitCode}`}`);
  }

  /** Ends all its processes; the host stays. */
  async leave(): Promise<void> {
    if (!this.#ended) await this.request({ do: 'leave' }).catch(() => {});
  }

  /** Ends it. Not before all hosts were left: it takes with it what all of them had. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    const exit = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.disconnect();
    else this.#child.kill('SIGKILL');
    await exit;
  }

  #onMessage(message: FromHost): void {
    if ('event' in message) {
      this.#onEvent(message.event);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.ok) waiting?.resolve(message.value);
    else waiting?.reject(new Error(message.error));
  }

  #onEnd(error: Error): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
