// Run directories of jobs that are over: those of completed runs go after a day, those of failed ones
// stay for whoever looks for the reason, the latest so many. A day is far longer than a message can
// come again after its job was done: until then the directory tells that it was.

import { describeError } from '../../core/errors.ts';
import { RESULT_FILE } from '../../core/programs/run-result.ts';
import { parseTimestamp } from '../../core/timestamps.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { joinPath, pathInside } from '../../platform/files/paths.ts';

const HOUR_MS = 3_600_000;
const KEPT_MS = 24 * HOUR_MS;
const FAILED_KEPT = 100;

interface FinishedRun {
  name: string;
  isCompleted: boolean;
  ended_ms: number;
}

export class OldRuns {
  readonly #ports: ActorPorts;
  readonly #directory: string;
  #swept_ms = Number.NEGATIVE_INFINITY;

  constructor(ports: ActorPorts, runsDirectory: string) {
    this.#ports = ports;
    this.#directory = runsDirectory;
  }

  /** At most once an hour. Never rejects: what can't be removed now can be later. */
  async sweep(): Promise<void> {
    const { clock, log } = this.#ports;
    if (clock.monotonic() - this.#swept_ms < HOUR_MS) return;
    this.#swept_ms = clock.monotonic();
    try {
      await this.#removeOld();
    } catch (error) {
      log.warn({ reason: describeError(error) }, 'old run directories could not be removed');
    }
  }

  async #removeOld(): Promise<void> {
    const { clock, files, log } = this.#ports;
    const entries = await files.list(this.#directory);
    const runs: FinishedRun[] = [];
    for (const { name, kind } of entries) {
      if (kind === 'directory') runs.push(...(await this.#finished(name)));
    }
    const old = runs.filter(({ ended_ms }) => clock.now() - ended_ms > KEPT_MS);
    const failed = old
      .filter(({ isCompleted }) => !isCompleted)
      .toSorted((one, other) => other.ended_ms - one.ended_ms);
    const gone = [...old.filter(({ isCompleted }) => isCompleted), ...failed.slice(FAILED_KEPT)];
    for (const { name } of gone) await files.remove(pathInside(this.#directory, name));
    if (gone.length > 0) log.info({ count: gone.length }, 'old run directories are removed');
  }

  /** Nothing for a run that goes on, or whose record can't be read: a person may want that. */
  async #finished(name: string): Promise<FinishedRun[]> {
    const path = joinPath(pathInside(this.#directory, name), RESULT_FILE);
    try {
      const text = Buffer.from(await this.#ports.files.read(path)).toString();
      const { outcome, timestamp } = JSON.parse(text) as Record<string, unknown>;
      const ended_ms = parseTimestamp(String(timestamp));
      if (!Number.isFinite(ended_ms)) return [];
      return [{ name, isCompleted: outcome === 'completed', ended_ms }];
    } catch {
      return [];
    }
  }
}
