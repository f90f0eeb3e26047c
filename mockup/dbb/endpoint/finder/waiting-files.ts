// Files that wait for the finder: those that are ready, in order, and those whose time has not come
// (written a moment ago, or to be tried again).

import type { FileVersion } from '../../../core/dbb/file-version.ts';
import type { Clock } from '../../../platform/clock/clock.ts';

export interface UnsettledFile {
  path: string;
  /** Undefined where it is known by name only. */
  version: FileVersion | undefined;
  /** How often it was tried in vain. */
  attempts: number;
  /** Called when it is on record, or set aside on record. */
  onEnd?: (() => void) | undefined;
}

/** Several logs may name one file: each waits for its end. */
export function bothOf(
  one: (() => void) | undefined,
  other: (() => void) | undefined,
): (() => void) | undefined {
  if (!one || !other || one === other) return one ?? other;
  return () => {
    one();
    other();
  };
}

/** Those whose time comes within this are taken together. */
const GRAIN_MS = 50;

export class UnsettledFiles {
  readonly #clock: Clock;
  readonly #ready = new Map<string, UnsettledFile>();
  readonly #later = new Map<string, { file: UnsettledFile; due_ms: number }>();
  #cancelTimer: (() => void) | undefined;
  #timerDue_ms = 0;
  #wake: (() => void) | undefined;
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#ready.size + this.#later.size;
  }

  add(file: UnsettledFile, delay_ms: number): void {
    const before = this.#ready.get(file.path) ?? this.#later.get(file.path)?.file;
    const added = { ...file, onEnd: bothOf(before?.onEnd, file.onEnd) };
    this.remove(file.path);
    if (delay_ms <= 0) {
      this.#ready.set(file.path, added);
      this.#wake?.();
      return;
    }
    const due_ms = this.#clock.monotonic() + delay_ms;
    this.#later.set(file.path, { file: added, due_ms });
    this.#schedule(due_ms);
  }

  remove(path: string): void {
    this.#ready.delete(path);
    this.#later.delete(path);
  }

  /** The next files, at least one; none once it is stopped. */
  async take(limits: { files: number; bytes: number }): Promise<UnsettledFile[]> {
    while (this.#ready.size === 0 && !this.#stopped) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    if (this.#stopped) return [];
    const taken: UnsettledFile[] = [];
    let bytes = 0;
    for (const file of this.#ready.values()) {
      bytes += file.version?.size_bytes ?? 0;
      if (taken.length > 0 && bytes > limits.bytes) break;
      taken.push(file);
      if (taken.length >= limits.files) break;
    }
    for (const { path } of taken) this.#ready.delete(path);
    return taken;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#wake?.();
  }

  #schedule(due_ms: number): void {
    if (this.#stopped || (this.#cancelTimer && this.#timerDue_ms <= due_ms)) return;
    this.#cancelTimer?.();
    this.#timerDue_ms = due_ms;
    const delay_ms = due_ms - this.#clock.monotonic() + GRAIN_MS;
    this.#cancelTimer = this.#clock.timer(delay_ms, () => {
      this.#cancelTimer = undefined;
      this.#release();
    });
  }

  #release(): void {
    const now_ms = this.#clock.monotonic();
    let next_ms = Number.POSITIVE_INFINITY;
    for (const [path, { file, due_ms }] of this.#later) {
      if (due_ms > now_ms) {
        next_ms = Math.min(next_ms, due_ms);
        continue;
      }
      this.#later.delete(path);
      this.#ready.set(path, file);
    }
    if (this.#ready.size > 0) this.#wake?.();
    if (next_ms < Number.POSITIVE_INFINITY) this.#schedule(next_ms);
  }
}
