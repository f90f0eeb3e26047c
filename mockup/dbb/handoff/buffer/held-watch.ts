// Files that were held a moment ago are looked at again for a while. A writer that still has one open
// (nothing told that it was not complete) goes on in the holding area, where nobody would look: then
// the file goes back to the buffer and is shipped as a version of its own, and its record says so.

import { type FileVersion, isSameVersion } from '../../../core/dbb/file-version.ts';
import type { HandoffParts } from '../parts.ts';
import type { BatchFile } from '../queue/batch.ts';
import { report } from '../records/file-reports.ts';

interface Held {
  version: FileVersion;
  /** Path in the holding area. */
  as: string;
  checksum: string | undefined;
  discovered_ms: number;
  held_ms: number;
  looks: number;
}

/** After it was held; by the last one a writer has gone on or is done. */
const LOOKS_MS = [1500, 5000, 20_000, 60_000, 300_000];
const FILES_MAX = 20_000;
const TOGETHER = 500;

type Parts = Pick<
  HandoffParts,
  'clock' | 'log' | 'work' | 'buffer' | 'holding' | 'manager' | 'files' | 'statistics'
>;

export class HeldWatch {
  readonly #parts: Parts;
  /** By path in the holding area, in the order in which they were held. */
  readonly #held = new Map<string, Held>();
  #looking: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  add(files: readonly BatchFile[]): void {
    const held_ms = this.#parts.clock.monotonic();
    for (const { file, held_as, checksum } of files) {
      const { version, discovered_ms } = file;
      const as = held_as ?? version.path;
      this.#held.delete(as);
      this.#held.set(as, { version, as, checksum, discovered_ms, held_ms, looks: 0 });
    }
    for (const as of this.#held.keys()) {
      if (this.#held.size <= FILES_MAX) break;
      this.#held.delete(as);
    }
  }

  /** Called about once a second. */
  tick(): void {
    this.#looking ??= this.#lookAtDue()
      .catch((error: Error) => {
        this.#parts.log.debug({ reason: error.message }, 'held files can’t be looked at');
      })
      .finally(() => {
        this.#looking = undefined;
      });
  }

  async stop(): Promise<void> {
    await this.#looking;
  }

  async #lookAtDue(): Promise<void> {
    const now_ms = this.#parts.clock.monotonic();
    const due: Held[] = [];
    for (const one of this.#held.values()) {
      if (now_ms - one.held_ms >= (LOOKS_MS[one.looks] ?? 0)) due.push(one);
      // Those that were held later are due later, but for the number of looks.
      if (due.length >= TOGETHER || now_ms - one.held_ms < (LOOKS_MS[0] ?? 0)) break;
    }
    if (due.length > 0) await this.#lookAt(due);
  }

  async #lookAt(due: readonly Held[]): Promise<void> {
    const { work, holding } = this.#parts;
    const now = await work.lookAt(
      holding,
      due.map(({ as }) => as),
    );
    for (const [at, one] of due.entries()) {
      one.looks++;
      const seen = now[at]?.version;
      // What somebody took out of the holding area, or put there, is theirs.
      const isOurs = seen?.ino === one.version.ino;
      if (!isOurs || one.looks >= LOOKS_MS.length) this.#forget(one);
      if (isOurs && !isSameVersion(seen, one.version, { renamed: true })) {
        await this.#changed(one, seen);
      }
    }
  }

  async #changed(one: Held, seen: FileVersion): Promise<void> {
    const { work, holding, buffer, log, statistics } = this.#parts;
    if (seen.size_bytes === one.version.size_bytes) {
      const [sum] = await work.checksums(holding, [one.as]);
      const isSame = sum && 'checksum' in sum && sum.checksum === one.checksum;
      // Only its time was changed.
      if (isSame) one.version = { ...one.version, mtime_ms: seen.mtime_ms };
      if (isSame) return;
    }
    this.#forget(one);
    const { path } = one.version;
    const [back] = await work.putBack({ holding, buffer }, [{ as: one.as, path }]);
    const then =
      back === undefined
        ? 'it is shipped again as it is now'
        : `it stays in the holding area: ${back}`;
    const reason = `it was written to after it was held: ${then}`;
    log.warn({ path, size_bytes: seen.size_bytes, shipped_bytes: one.version.size_bytes }, reason);
    statistics.noteFailure({ path, attempts: 0, reason });
    const { version, discovered_ms } = one;
    const fields = one.checksum === undefined ? {} : { checksum: one.checksum };
    report(this.#parts, { version, discovered_ms, attempts: 0 }, 'superseded', { reason, fields });
  }

  #forget(one: Held): void {
    if (this.#held.get(one.as) === one) this.#held.delete(one.as);
  }
}
