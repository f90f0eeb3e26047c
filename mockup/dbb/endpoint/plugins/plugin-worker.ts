// The inside of a plugin's process: loads the plugin, runs attempts one at a time, reports each.

import { describeError } from '../../../core/errors.ts';
import type { AttemptContext, FileFailure, IngestPlugin, PluginPorts } from './plugin.ts';
import { loadPlugin } from './plugin-registry.ts';
import { isPassing, rootCauseOf } from './root-cause.ts';
import { isAway } from './target-away.ts';
import type {
  FileResult,
  FromWorker,
  ToWorker,
  WorkerAttempt,
  WorkerDarkSearch,
  WorkerStart,
  WorkerVerification,
} from './worker-protocol.ts';

export interface PluginWorkerOptions {
  ports(start: WorkerStart): PluginPorts;
  report(message: FromWorker): void;
}

/** Returns what takes the messages of the ingester. */
export function createPluginWorker(options: PluginWorkerOptions): (message: ToWorker) => void {
  const worker = new PluginWorker(options);
  return (message) => {
    if (message.kind === 'hold') worker.hold();
    else if (message.kind === 'start') void worker.start(message);
    else if (message.kind === 'verify') void worker.verify(message);
    else if (message.kind === 'known' || message.kind === 'dark') void worker.search(message);
    else void worker.attempt(message);
  };
}

class PluginWorker {
  readonly #options: PluginWorkerOptions;
  #plugin: IngestPlugin | undefined;
  #ports: PluginPorts | undefined;
  #settings: Readonly<Record<string, unknown>> = {};
  #holding = false;
  /** Keys of what may be in the target. */
  readonly #known = new Set<string>();

  constructor(options: PluginWorkerOptions) {
    this.#options = options;
  }

  hold(): void {
    this.#holding = true;
  }

  async start(message: WorkerStart): Promise<void> {
    const { report } = this.#options;
    try {
      this.#ports = this.#options.ports(message);
      this.#settings = message.plugin.config ?? {};
      this.#plugin = await loadPlugin(message.plugin, this.#ports);
      const { version } = this.#plugin;
      const takesMany = this.#plugin.ingestMany !== undefined;
      const verifies = this.#plugin.verify !== undefined;
      const lists = this.#plugin.dark !== undefined;
      report({ kind: 'ready', version, takesMany, verifies, lists });
    } catch (error) {
      const code = String((error as { code?: unknown }).code ?? '');
      report({ kind: 'unusable', code, message: describeError(error) });
    }
  }

  async attempt(attempt: WorkerAttempt): Promise<void> {
    if (attempt.together) await this.#together(attempt);
    else await this.#oneByOne(attempt);
  }

  async verify({ id, files }: WorkerVerification): Promise<void> {
    const { report } = this.#options;
    try {
      const verdicts = await this.#plugin?.verify?.(files);
      report({ kind: 'verified', id, ...(verdicts && { verdicts }) });
    } catch (error) {
      report({ kind: 'verified', id, message: rootCauseOf(error) });
    }
  }

  async search(message: WorkerDarkSearch): Promise<void> {
    const { report } = this.#options;
    const { id } = message;
    try {
      if (message.kind === 'known') {
        for (const file of message.files) {
          for (const key of this.#plugin?.keysOf?.(file) ?? []) this.#known.add(key);
        }
        return report({ kind: 'searched', id, page: { looked: 0, dark: [] } });
      }
      const page = await this.#plugin?.dark?.((key) => this.#known.has(key), message.after);
      report({ kind: 'searched', id, ...(page && { page }) });
    } catch (error) {
      report({ kind: 'searched', id, message: rootCauseOf(error) });
    }
  }

  async #together({ id, files }: WorkerAttempt): Promise<void> {
    const { report } = this.#options;
    const repeated = files.some((one) => one.repeated);
    const start = this.#clock();
    try {
      const answer = await this.#plugin?.ingestMany?.(
        files.map(({ file }) => file),
        this.#context(repeated),
      );
      const failures = failuresIn(answer, files.length);
      const results = files.map((_, index) => start.end(failures[index]));
      report({ kind: 'results', id, results });
    } catch (error) {
      report({ kind: 'results', id, results: undefined, message: rootCauseOf(error) });
    }
  }

  async #oneByOne({ id, files }: WorkerAttempt): Promise<void> {
    const { report } = this.#options;
    for (const [index, { file, repeated }] of files.entries()) {
      if (this.#holding) break;
      const start = this.#clock();
      let error: unknown;
      try {
        await this.#plugin?.ingest(file, this.#context(repeated));
      } catch (thrown) {
        error = thrown ?? new Error('the plugin threw nothing');
      }
      const result = start.end(error);
      report({ kind: 'result', id, index, result });
      // Where the target is away, the others would fare no better.
      if (result.failure?.away) break;
    }
    report({ kind: 'end', id });
  }

  #context(repeated: boolean): AttemptContext {
    return { repeated, settings: this.#settings };
  }

  #clock(): { end(error: unknown): FileResult } {
    const clock = this.#ports?.clock;
    const start_ms = clock?.now() ?? 0;
    const since_ms = clock?.monotonic() ?? 0;
    return {
      end: (error) => {
        const duration_s = ((clock?.monotonic() ?? 0) - since_ms) / 1000;
        const result: FileResult = { start_ms, duration_s: Math.round(duration_s * 1e6) / 1e6 };
        if (error === undefined || error === null) return result;
        const away = isAway(error);
        const passing = away || isPassing(error);
        return { ...result, failure: { message: rootCauseOf(error), passing, away } };
      },
    };
  }
}

/** One error, or nothing, per file. A list that does not fit must not pass for success. */
function failuresIn(answer: unknown, files: number): unknown[] {
  if (!Array.isArray(answer)) return [];
  if (answer.length !== files) {
    throw new Error(`ingestMany gave ${answer.length} entries for ${files} files`);
  }
  return answer.map((entry: FileFailure | Error) =>
    entry instanceof Error ? entry : entry?.error,
  );
}
