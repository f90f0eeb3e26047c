// One child process that is started again when it ends unexpectedly: soon the first time, then
// with growing delays, and not for ever. It has a lifeline (an IPC channel), so it ends when this
// process is gone, and it leads a process group of its own, so Ctrl-C reaches this process alone.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { PORT_IN_USE } from './free-ports.ts';

export interface ProcessSpec {
  /** `JAO-xtss`; unique. */
  name: string;
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  logFile: string;
  /** It is not started before somebody asks for it. */
  held?: boolean;
  /** Told what the process says over its lifeline; true where that was for this alone. */
  onMessage?(message: unknown): boolean;
  /** Told of each change of its state, and why where it ended by itself. */
  onState?(state: ProcessState, reason: string): void;
}

/** `waiting`: it ended, and is started again soon. `held`: until somebody starts it. */
export type ProcessState = 'running' | 'frozen' | 'waiting' | 'held' | 'given-up';

export type ProcessEvent =
  | { kind: 'restarting'; name: string; reason: string; delay_ms: number }
  | { kind: 'given-up'; name: string; reason: string };

const RESTART_DELAYS_MS = [100, 500, 1000, 2000, 5000, 10_000, 30_000];
/** So many quick ends in a row, and nobody is helped by another start. */
const QUICK_ENDS_MAX = 10;
/** One that ran so long was well; counting begins anew. */
const WELL_AFTER_MS = 30_000;
/** What a person must mend first: wrong usage or configuration. */
const USAGE_EXIT_CODE = 2;
const REASON_LENGTH = 300;

export class SupervisedProcess {
  readonly spec: ProcessSpec;
  /** What the process sent over its lifeline last. */
  message: unknown;
  restarts = 0;
  #child: ChildProcess | undefined;
  #onEvent: (event: ProcessEvent) => void;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #state: ProcessState = 'waiting';
  /** What to do when it has ended, because somebody asked for that. */
  #asked: 'start' | 'hold' | undefined;
  #givenUp: string | undefined;
  #quickEnds = 0;
  #started_ms = 0;
  #logStart_bytes = 0;
  #waiting = new Set<() => void>();

  constructor(spec: ProcessSpec, onEvent: (event: ProcessEvent) => void) {
    this.spec = spec;
    this.#onEvent = onEvent;
    if (spec.held) this.#state = 'held';
    else this.#start();
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** Says something to the process over its lifeline. */
  send(message: object): void {
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  /** As a crash would end it: it is started again as after any. */
  kill(): void {
    if (this.#child && this.pid !== undefined) killGroup(this.#child);
  }

  /** Neither it nor what it started runs on; nothing is lost. */
  freeze(): void {
    if (this.#state === 'running' && this.#signalGroup('SIGSTOP')) this.#become('frozen');
  }

  thaw(): void {
    if (this.#state === 'frozen' && this.#signalGroup('SIGCONT')) this.#become('running');
  }

  /** Asks it to end, and kills it after the limit; then it is started, or held. */
  end(then: 'start' | 'hold', limit_ms: number): void {
    const child = this.#child;
    if (this.#stopping) return;
    if (!child || this.pid === undefined) {
      clearTimeout(this.#timer);
      if (then === 'start') this.#begin();
      else this.#become('held');
      return;
    }
    this.#asked = then;
    child.kill('SIGTERM');
    this.#signalGroup('SIGCONT');
    const kill = setTimeout(() => killGroup(child), limit_ms);
    child.once('exit', () => clearTimeout(kill));
  }

  /** One that is held, or was given up. */
  begin(): void {
    if (this.#stopping || this.pid !== undefined) return;
    clearTimeout(this.#timer);
    this.#begin();
  }

  /** Undefined where it does not run: its number may be another process's by now. */
  get pid(): number | undefined {
    const child = this.#child;
    return child?.exitCode === null && child.signalCode === null ? child.pid : undefined;
  }

  /** Why it is not started again any more. */
  get givenUp(): string | undefined {
    return this.#givenUp;
  }

  /** Resolves with the process's first message; rejects where it was given up before. */
  async firstMessage(): Promise<unknown> {
    while (this.message === undefined) {
      if (this.#givenUp !== undefined) throw new Error(`${this.spec.name} ${this.#givenUp}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    return this.message;
  }

  /** Asks it to end, and kills it and what is left of its group after the limit. */
  async stop(limit_ms: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    if (this.#state === 'frozen') this.#signalGroup('SIGCONT');
    const kill = setTimeout(() => killGroup(child), limit_ms);
    await ended;
    clearTimeout(kill);
  }

  #begin(): void {
    this.#givenUp = undefined;
    this.#quickEnds = 0;
    this.#start();
  }

  #become(state: ProcessState, reason = ''): void {
    this.#state = state;
    this.spec.onState?.(state, reason);
  }

  #signalGroup(signal: NodeJS.Signals): boolean {
    const { pid } = this;
    if (pid === undefined) return false;
    try {
      return process.kill(-pid, signal);
    } catch {
      return false;
    }
  }

  #start(): void {
    const { file, args, env, logFile } = this.spec;
    const log = openSync(logFile, 'a');
    this.#logStart_bytes = statSync(logFile).size;
    this.#started_ms = Date.now();
    const child = spawn(file, [...args], {
      env: { ...env },
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    });
    closeSync(log);
    this.#child = child;
    let failure: Error | undefined;
    child.on('error', (error) => {
      failure = error;
      if (child.pid === undefined) this.#ended(`can't be started: ${error.message}`, null);
    });
    child.on('message', (message) => {
      if (this.spec.onMessage?.(message)) return;
      this.message = message;
      this.#wake();
    });
    if (child.pid !== undefined) this.#become('running');
    child.once('exit', (code, signal) => {
      killGroup(child);
      const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
      this.#ended(failure ? `${how} (${failure.message})` : how, code);
    });
  }

  #ended(how: string, code: number | null): void {
    if (this.#stopping) return;
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked !== undefined) {
      if (asked === 'start') this.#begin();
      else this.#become('held');
      return;
    }
    const lastWords = this.#lastWords();
    const reason = lastWords ? `${how}: ${lastWords}` : how;
    this.#quickEnds = Date.now() - this.#started_ms > WELL_AFTER_MS ? 1 : this.#quickEnds + 1;
    const { name } = this.spec;
    // Before it ever ran, another start does not free the port that somebody else has.
    const portTaken = this.message === undefined && PORT_IN_USE.test(reason);
    if (code === USAGE_EXIT_CODE || portTaken || this.#quickEnds > QUICK_ENDS_MAX) {
      this.#givenUp = reason;
      this.#become('given-up', reason);
      this.#onEvent({ kind: 'given-up', name, reason });
      this.#wake();
      return;
    }
    const index = Math.min(this.#quickEnds, RESTART_DELAYS_MS.length) - 1;
    const delay_ms = RESTART_DELAYS_MS[index] ?? 0;
    this.restarts += 1;
    this.#become('waiting', reason);
    this.#onEvent({ kind: 'restarting', name, reason, delay_ms });
    this.#timer = setTimeout(() => this.#start(), delay_ms);
  }

  /** The last line that the process wrote of its own accord, from its log. */
  #lastWords(): string | undefined {
    try {
      const whole = readFileSync(this.spec.logFile);
      // Shorter than it was: rotated meanwhile.
      const from = whole.length < this.#logStart_bytes ? 0 : this.#logStart_bytes;
      const line = whole
        .subarray(from)
        .toString()
        .trimEnd()
        .split('\n')
        .findLast((one) => one.startsWith('draws: '));
      return line?.slice('draws: '.length, REASON_LENGTH);
    } catch {
      return undefined;
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
