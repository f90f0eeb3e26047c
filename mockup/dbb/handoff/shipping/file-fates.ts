// What becomes of a file that did not arrive, or is not what was found any more: it waits again, at
// once or after a while, or something newer has its name.

import type { FileState } from '../../../core/dbb/file-life-cycle.ts';
import { isSameVersion } from '../../../core/dbb/file-version.ts';
import { formatTimestamp } from '../../../core/timestamps.ts';
import { endpointDelay_ms } from '../endpoint/endpoint-health.ts';
import type { HandoffParts } from '../parts.ts';
import { type Batch, noteDone } from '../queue/batch.ts';
import type { WaitingFile } from '../queue/waiting-files.ts';
import { addFile, releaseFile, report } from '../records/file-reports.ts';
import type { Changed, NotArrived } from './shipment.ts';

export type FateInputs = Pick<
  HandoffParts,
  | 'clock'
  | 'random'
  | 'log'
  | 'work'
  | 'buffer'
  | 'manager'
  | 'configuration'
  | 'endpoint'
  | 'waiting'
  | 'files'
  | 'discoveries'
  | 'statistics'
>;

export class FileFates {
  readonly #parts: FateInputs;

  constructor(parts: FateInputs) {
    this.#parts = parts;
  }

  /** `cut`: files of the batch that were cut off with it. */
  sendAgain(batch: Batch, { one, reason, cause }: NotArrived, cut: number): void {
    const { endpoint } = this.#parts;
    const { file } = one;
    if (cause === undefined) {
      this.#failedOnce(file, reason);
      return;
    }
    if (batch.recovered) {
      this.#putBack(file, file, reason);
      return;
    }
    // Who is to blame, or what fits through the link before it is cut, shows in smaller batches.
    const batch_max = Math.ceil(cut / 2);
    const all = cut === batch.files.length;
    if (cause.unreachable) {
      const partialIn = endpoint.keepsPartials ? batch.id : undefined;
      this.#putBack(file, { ...file, batch_max, partialIn }, reason);
    } else if (all && cut > 1) this.#putBack(file, { ...file, batch_max }, reason);
    else this.#failedOnce(file, reason);
  }

  async takeChanged(batch: Batch, changed: readonly Changed[]): Promise<void> {
    if (changed.length === 0) return;
    const parts = this.#parts;
    const files = changed.map(({ one }) => one);
    const now = await parts.work.lookAt(
      parts.buffer,
      files.map(({ file }) => file.version.path),
    );
    await noteDone(batch, files, 'not as it was found');
    for (const [at, { one, code }] of changed.entries()) {
      const { version, code: fault } = now[at] ?? {};
      const unreadable = fault ?? (code === 'ENOENT' ? undefined : code);
      if (unreadable) this.#failedOnce(one.file, `can't be read: ${unreadable}`, 'skipped');
      else this.#replaced(one.file, version);
    }
  }

  /** Right before they are sent: are they still what was found? */
  async lookAgain(files: readonly WaitingFile[]): Promise<WaitingFile[]> {
    const parts = this.#parts;
    const paths = files.map(({ version }) => version.path);
    const now = await parts.work.lookAt(parts.buffer, paths);
    return files.filter((file, at) => {
      const { version, code } = now[at] ?? {};
      if (code !== undefined) {
        this.#failedOnce(file, `can't be read: ${code}`, 'skipped');
        return false;
      }
      if (version && isSameVersion(version, file.version, { renamed: true })) {
        file.version = version;
        return true;
      }
      this.#replaced(file, version);
      return false;
    });
  }

  /** `seen`: what was there a moment ago; undefined where nothing was. */
  #replaced(file: WaitingFile, seen: WaitingFile['version'] | undefined): void {
    const parts = this.#parts;
    const now_ms = parts.clock.now();
    const newer = parts.waiting.release(file);
    // What the finder told since then it will not tell again.
    const version = seen ?? newer?.version;
    if (!version) {
      const fields = { deleted_on: formatTimestamp(now_ms) };
      const reason = 'it vanished from the buffer before it was shipped';
      parts.statistics.forgetFailure(file.version.path);
      return void report(parts, file, 'gone', { reason, fields });
    }
    if (isSameVersion(version, file.version, { renamed: true })) {
      return void parts.waiting.add({ ...file, version });
    }
    report(parts, file, 'superseded', { reason: 'it changed before or while it was shipped' });
    addFile(parts, { version, discovered_ms: now_ms, attempts: 0 });
  }

  /** Waits again, unless something newer has its name by now. */
  #putBack(file: WaitingFile, next: WaitingFile, reason: string): void {
    const parts = this.#parts;
    if (releaseFile(parts, file)) {
      return void report(parts, file, 'superseded', { reason: 'it was replaced in the buffer' });
    }
    report(parts, next, 'discovered', { reason });
    parts.waiting.add(next);
  }

  #failedOnce(file: WaitingFile, reason: string, state: FileState = 'failed'): void {
    const parts = this.#parts;
    const attempts = file.attempts + 1;
    const { path } = file.version;
    parts.statistics.noteFailure({ path, attempts, reason });
    parts.log.warn({ path, attempts, reason }, 'file was not shipped; it will be tried again');
    if (releaseFile(parts, file)) {
      return void report(parts, file, 'superseded', { reason: 'it was replaced in the buffer' });
    }
    const next = { ...file, attempts };
    report(parts, next, state, { reason });
    const { retry_limit } = parts.configuration.general;
    const limits = { random: parts.random, retry_limit_s: retry_limit };
    parts.waiting.add(next, parts.clock.monotonic() + endpointDelay_ms(attempts, limits));
  }
}
