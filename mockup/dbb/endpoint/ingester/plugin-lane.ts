// One lane of attempts: a plugin process, and the batches that go through it one after the other. A
// process that hangs is ended when its time is over, one that ends by itself is replaced, and the
// files that were behind the one it stumbled over go on.

import { AppError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { WorkerProcess } from '../../process/worker-process.ts';
import type { DarkPage, PluginFile, PluginVerdict } from '../plugins/plugin.ts';
import type { FileResult, FromWorker, ToWorker, WorkerStart } from '../plugins/worker-protocol.ts';

export interface LaneOptions {
  clock: Clock;
  timeout_s: number | null;
  start: WorkerStart;
  startProcess(): WorkerProcess<ToWorker, FromWorker>;
  /** Told before a new process gets its first file, and when one is gone. */
  onProcesses(): Promise<void>;
}

export interface LaneFile {
  file: PluginFile;
  repeated: boolean;
}

export type LaneResult = FileResult & {
  version: string;
  /** `timeout`: it took too long; `crash`: its process ended in the middle. */
  how?: 'timeout' | 'crash';
};

type Process = WorkerProcess<ToWorker, FromWorker>;

/** Loading a plugin, with whatever it asks its system for. */
const START_LIMIT_MS = 120_000;

export class PluginLane {
  readonly #options: LaneOptions;
  #process: Process | undefined;
  #version = '';
  #takesMany = false;
  #verifies = false;
  #lists = false;
  #nextId = 0;
  #holding = false;
  #stopped = false;
  /** Who waits for a message, and for the process to end. */
  #listener: ((message: FromWorker) => void) | undefined;
  #onEnd: ((how: string) => void) | undefined;
  /** Messages that nobody waited for yet. */
  readonly #early: FromWorker[] = [];
  #lastEnd = '';

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** That of the plugin, once it is open. */
  get version(): string {
    return this.#version;
  }

  /** True where its plugin, once it is open, can tell what the target has. */
  get verifies(): boolean {
    return this.#verifies;
  }

  /** Throws AppError where the target, or the plugin, does not tell. */
  async verify(files: readonly PluginFile[]): Promise<PluginVerdict[]> {
    await this.open();
    const process = this.#process;
    const id = this.#nextId++;
    const answer = process
      ? await this.#ask(process, { kind: 'verify', id, files }, this.#limit_ms, (message) =>
          message.kind === 'verified' && message.id === id ? message : undefined,
        )
      : this.#lastEnd;
    if (typeof answer !== 'string' && answer.verdicts) return answer.verdicts;
    const why = typeof answer === 'string' ? answer : (answer.message ?? 'no verdicts');
    throw new AppError('not_verified', `the target can’t be asked: ${why}`);
  }

  /** True where its plugin, once it is open, can tell all that the target has. */
  get lists(): boolean {
    return this.#lists;
  }

  /** Throws AppError where the target does not tell. */
  async search(
    request: { kind: 'known'; files: readonly PluginFile[] } | { kind: 'dark'; after?: string },
  ): Promise<DarkPage> {
    const process = this.#process;
    const id = this.#nextId++;
    const message =
      request.kind === 'dark' ? { after: undefined, ...request, id } : { ...request, id };
    // What it was told of is gone with its process: it is not started anew here.
    const answer = process
      ? await this.#ask(process, message, this.#limit_ms, (one) =>
          one.kind === 'searched' && one.id === id ? one : undefined,
        )
      : this.#lastEnd;
    if (typeof answer !== 'string' && answer.page) return answer.page;
    const why = typeof answer === 'string' ? answer : (answer.message ?? 'no list');
    throw new AppError('not_listed', `the target can’t be asked what it has: ${why}`);
  }

  /** Begins no further file; those that were begun go on. */
  hold(): void {
    this.#holding = true;
    this.#process?.send({ kind: 'hold' });
  }

  /** Ends the process, and what is running in it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#process?.kill();
    await this.#process?.ended;
  }

  /** Starts the process. Throws where the plugin can't be loaded. */
  async open(): Promise<void> {
    if (this.#process) return;
    if (this.#stopped) throw new AppError('stopped', 'the ingester stops');
    const process = this.#options.startProcess();
    this.#process = process;
    process.onReport((message) => {
      if (this.#process !== process) return;
      if (this.#listener) this.#listener(message);
      else this.#early.push(message);
    });
    void process.ended.then((how) => {
      if (this.#process !== process) return;
      this.#process = undefined;
      this.#lastEnd = how;
      this.#onEnd?.(how);
      void this.#options.onProcesses().catch(() => {});
    });
    try {
      const ready = await this.#ask(process, this.#options.start, START_LIMIT_MS, (message) =>
        message.kind === 'ready' || message.kind === 'unusable' ? message : undefined,
      );
      if (typeof ready === 'string') throw new AppError('plugin_not_started', ready);
      if (ready.kind === 'unusable') {
        throw new AppError(ready.code || 'plugin_unusable', ready.message);
      }
      this.#version = ready.version;
      this.#takesMany = ready.takesMany;
      this.#verifies = ready.verifies;
      this.#lists = ready.lists;
      await this.#options.onProcesses();
    } catch (error) {
      process.kill();
      throw error;
    }
  }

  /** Returns the result of each file as it comes; files without one were not begun (`away` ends it). */
  async run(
    files: readonly LaneFile[],
    onResult: (index: number, result: LaneResult) => void,
  ): Promise<void> {
    let isAway = false;
    const tell = (index: number, result: Omit<LaneResult, 'version'>): void => {
      isAway ||= result.failure?.away === true;
      onResult(index, { ...result, version: this.#version });
    };
    await this.open();
    let left = [...files.keys()];
    let repeated = false;
    if (this.#takesMany && files.length > 1) {
      const results = await this.#together(files);
      for (const index of left) if (results?.[index]) tell(index, results[index]);
      if (results) return;
      if (this.#stopped) for (const index of left) tell(index, this.#stoppedResult());
      // The batch failed as a whole: which of them was it?
      repeated = true;
    }
    while (left.length > 0 && !this.#holding && !isAway) {
      await this.open();
      const part = left.flatMap((index) => {
        const one = files[index];
        return one ? [{ ...one, repeated: repeated || one.repeated }] : [];
      });
      const done = await this.#oneByOne(part, (index, result) => tell(left[index] ?? 0, result));
      left = left.slice(done);
    }
  }

  #stoppedResult(): Omit<LaneResult, 'version'> {
    const failure = { message: 'stopped in the middle of a batch', passing: false };
    return { start_ms: this.#options.clock.now(), duration_s: 0, failure, how: 'crash' };
  }

  async #together(files: readonly LaneFile[]): Promise<FileResult[] | undefined> {
    const process = this.#process;
    if (!process) return undefined;
    const id = this.#nextId++;
    const answer = await this.#ask(
      process,
      { kind: 'attempt', id, files, together: true },
      this.#limit_ms,
      (message) => (message.kind === 'results' && message.id === id ? message : undefined),
    );
    if (typeof answer !== 'string') return answer.results;
    await this.#endProcess(process);
    return undefined;
  }

  /** How many are over. */
  async #oneByOne(
    files: readonly LaneFile[],
    tell: (index: number, result: Omit<LaneResult, 'version'>) => void,
  ): Promise<number> {
    const process = this.#process;
    if (!process) return 0;
    const id = this.#nextId++;
    let request: ToWorker | undefined = { kind: 'attempt', id, files, together: false };
    for (let over = 0; ; ) {
      const start_ms = this.#options.clock.now();
      const since_ms = this.#options.clock.monotonic();
      const answer: FromWorker | string = await this.#ask(
        process,
        request,
        this.#limit_ms,
        (message) =>
          (message.kind === 'result' || message.kind === 'end') && message.id === id
            ? message
            : undefined,
      );
      request = undefined;
      if (typeof answer !== 'string') {
        if (answer.kind !== 'result') return over;
        tell(answer.index, answer.result);
        over = answer.index + 1;
        continue;
      }
      const duration_s = (this.#options.clock.monotonic() - since_ms) / 1000;
      await this.#endProcess(process);
      if (over >= files.length) return over;
      const how = answer === TIMED_OUT ? 'timeout' : 'crash';
      const message =
        how === 'timeout'
          ? `no end after ${Math.round(duration_s)} s; it was stopped`
          : `the plugin's process ended in the middle (${answer})`;
      const failure = { message, passing: false };
      tell(over, { start_ms, duration_s: Math.round(duration_s * 1e6) / 1e6, failure, how });
      return over + 1;
    }
  }

  get #limit_ms(): number | undefined {
    const { timeout_s } = this.#options;
    return timeout_s === null ? undefined : timeout_s * 1000;
  }

  async #endProcess(process: Process): Promise<void> {
    process.kill();
    await process.ended;
  }

  /** The message that `pick` takes; or, as a text, why none came. */
  #ask<T>(
    process: Process,
    request: ToWorker | undefined,
    limit_ms: number | undefined,
    pick: (message: FromWorker) => T | undefined,
  ): Promise<T | string> {
    return new Promise((resolve) => {
      let cancel = (): void => {};
      const finish = (answer: T | string): void => {
        cancel();
        this.#listener = undefined;
        this.#onEnd = undefined;
        resolve(answer);
      };
      const take = (message: FromWorker): boolean => {
        const picked = pick(message);
        if (picked !== undefined) finish(picked);
        return picked !== undefined;
      };
      if (request) {
        this.#early.length = 0;
        process.send(request);
      }
      for (let next = this.#early.shift(); next; next = this.#early.shift())
        if (take(next)) return;
      if (this.#process !== process) return finish(this.#lastEnd);
      this.#listener = take;
      this.#onEnd = finish;
      if (limit_ms !== undefined) {
        cancel = this.#options.clock.timer(limit_ms, () => finish(TIMED_OUT));
      }
    });
  }
}

const TIMED_OUT = 'no answer in time';
