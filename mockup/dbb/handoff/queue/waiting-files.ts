// The files that wait for their transfer: first come, first served; those that must wait (not
// settled yet, or failed a moment ago) do not hold up the others. A path is in one place only:
// waiting, delayed, or in flight.

import { type FileRecord, newFileRecord } from '../../../core/dbb/file-record.ts';
import { directoryOf, type FileVersion, isSameVersion } from '../../../core/dbb/file-version.ts';
import { toPattern } from '../../records/patterns.ts';

export interface WaitingFile {
  version: FileVersion;
  discovered_ms: number;
  /** Failed transfers. */
  attempts: number;
  /** There once more happened than its discovery. */
  record?: FileRecord;
  /** Largest batch it may be part of: halved when a whole batch failed, to find out whose fault. */
  batch_max?: number;
  /** The batch whose directory in the staging area may hold a part of it, to go on with. */
  partialIn?: string | undefined;
}

/** Its record as it is to be; that of its discovery where no more happened. */
export function recordOf(file: WaitingFile, manager: string): FileRecord {
  return file.record ?? newFileRecord(file.version, manager, file.discovered_ms);
}

export interface BatchLimits {
  files: number;
  bytes: number;
  /** Of a path's cost as `cost` tells it. */
  cost_max: number;
  cost(path: string): number;
}

/** Which files go before others. */
export interface WaitingOrder {
  order: 'found' | 'newest';
  /** Regular expressions on the path: files that match the first one go first, and so on. */
  first: readonly string[];
}

export class WaitingFiles {
  readonly #ready = new Map<string, WaitingFile>();
  /** Undefined where they go as they came. */
  readonly #compare: ((one: WaitingFile, other: WaitingFile) => number) | undefined;
  /** All that are ready, as they are to go; undefined where that must be found out again. */
  #sorted: WaitingFile[] | undefined;
  readonly #delayed = new Map<string, { file: WaitingFile; until_ms: number }>();
  readonly #inFlight = new Map<string, WaitingFile>();
  /** What appeared under the name of a file in flight. */
  readonly #next = new Map<string, WaitingFile>();
  #bytes = 0;

  constructor({ order, first }: WaitingOrder = { order: 'found', first: [] }) {
    if (order !== 'found' || first.length > 0) this.#compare = comparison(order, first);
  }

  get ready(): number {
    return this.#ready.size;
  }

  get delayed(): number {
    return this.#delayed.size;
  }

  /** Files that wait, ready or not. */
  get count(): number {
    return this.#ready.size + this.#delayed.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** The one that waits longest. */
  oldest(): WaitingFile | undefined {
    const first = this.#ready.values().next().value;
    let found = first;
    for (const { file } of this.#delayed.values()) {
      if (!found || file.discovered_ms < found.discovered_ms) found = file;
    }
    return found;
  }

  /** The file of this name that waits or is in flight. */
  get(path: string): WaitingFile | undefined {
    return this.#ready.get(path) ?? this.#delayed.get(path)?.file ?? this.#inFlight.get(path);
  }

  isInHand(path: string): boolean {
    return this.#inFlight.has(path);
  }

  /** Returns what it replaces: another version of the same name that waited. */
  add(file: WaitingFile, until_ms?: number): WaitingFile | undefined {
    const { path } = file.version;
    if (this.#inFlight.has(path)) {
      this.#next.set(path, file);
      return undefined;
    }
    const before = this.remove(path);
    this.#bytes += file.version.size_bytes;
    if (until_ms === undefined) this.#makeReady(path, file);
    else this.#delayed.set(path, { file, until_ms });
    return before;
  }

  /** Removes what waits under this name; what is in flight stays. */
  remove(path: string): WaitingFile | undefined {
    this.#next.delete(path);
    const file = this.#ready.get(path) ?? this.#delayed.get(path)?.file;
    if (!file) return undefined;
    this.#ready.delete(path);
    this.#delayed.delete(path);
    this.#bytes -= file.version.size_bytes;
    return file;
  }

  /** Times are of the monotonic clock. Makes ready what has waited long enough; returns when the next one will have, if any. */
  promote(now_ms: number): number | undefined {
    let next_ms: number | undefined;
    for (const [path, { file, until_ms }] of this.#delayed) {
      if (until_ms <= now_ms) {
        this.#delayed.delete(path);
        this.#makeReady(path, file);
      } else if (next_ms === undefined || until_ms < next_ms) next_ms = until_ms;
    }
    return next_ms;
  }

  /** Nothing has to wait because of the endpoint any more. */
  retryNow(): void {
    for (const [path, { file }] of this.#delayed) {
      if (file.attempts > 0) this.#delayed.set(path, { file, until_ms: 0 });
    }
  }

  /** Batches whose directories at the endpoint may hold parts of files that wait. */
  partials(): string[] {
    const files = [...this.#ready.values(), ...this.#inFlight.values()];
    for (const { file } of this.#delayed.values()) files.push(file);
    return [...new Set(files.flatMap(({ partialIn }) => (partialIn ? [partialIn] : [])))];
  }

  #makeReady(path: string, file: WaitingFile): void {
    this.#ready.set(path, file);
    this.#sorted = undefined;
  }

  /** Those that are ready, as they are to go. */
  *#inOrder(): Generator<WaitingFile> {
    if (!this.#compare) {
      yield* this.#ready.values();
      return;
    }
    this.#sorted ??= [...this.#ready.values()].sort(this.#compare);
    // Some went, or were replaced, since it was sorted.
    this.#sorted = this.#sorted.filter((file) => this.#ready.get(file.version.path) === file);
    yield* this.#sorted;
  }

  /** Takes files into hand, sorted by directory; or in the order in which they go. */
  take(limits: BatchLimits, { sorted = true } = {}): WaitingFile[] {
    const taken: WaitingFile[] = [];
    let bytes = 0;
    let cost = 0;
    let files_max = limits.files;
    for (const file of this.#inOrder()) {
      const { path, size_bytes } = file.version;
      files_max = Math.min(files_max, file.batch_max ?? files_max);
      bytes += size_bytes;
      cost += limits.cost(path);
      const full = taken.length >= files_max || bytes > limits.bytes || cost > limits.cost_max;
      if (full && taken.length > 0) break;
      taken.push(file);
    }
    for (const file of taken) {
      const { path, size_bytes } = file.version;
      this.#ready.delete(path);
      this.#bytes -= size_bytes;
      this.#inFlight.set(path, file);
    }
    if (!sorted) return taken;
    return taken.sort((one, other) => compareDirectories(one.version.path, other.version.path));
  }

  /** As in flight from an earlier run. */
  adopt(file: WaitingFile): void {
    this.remove(file.version.path);
    this.#inFlight.set(file.version.path, file);
  }

  /**
   * Ends being in flight. Returns what appeared under that name meanwhile, where it is another version;
   * the caller decides about it.
   */
  release(file: WaitingFile): WaitingFile | undefined {
    const { path } = file.version;
    this.#inFlight.delete(path);
    const next = this.#next.get(path);
    this.#next.delete(path);
    if (!next || isSameVersion(next.version, file.version, { renamed: true })) return undefined;
    return next;
  }
}

function comparison(order: WaitingOrder['order'], first: readonly string[]) {
  const patterns = first.map((pattern) => new RegExp(toPattern(pattern)));
  const rank = ({ version }: WaitingFile): number => {
    const at = patterns.findIndex((pattern) => pattern.test(version.path));
    return at < 0 ? patterns.length : at;
  };
  return (one: WaitingFile, other: WaitingFile): number => {
    const byPattern = patterns.length > 0 ? rank(one) - rank(other) : 0;
    if (byPattern !== 0 || order === 'found') return byPattern;
    return other.version.mtime_ms - one.version.mtime_ms;
  };
}

function compareDirectories(one: string, other: string): number {
  const [a, b] = [directoryOf(one), directoryOf(other)];
  if (a !== b) return a < b ? -1 : 1;
  return one < other ? -1 : 1;
}
