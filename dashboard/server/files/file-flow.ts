// One way that files go, with its lanes: the numbers of each lane, and the files that a page shows
// of it, the latest hundred each.

import type { Clock } from '../../../mockup/platform/clock/clock.ts';
import type { FileSummary, FlowSummary } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';

export interface FlowDefinition {
  id: string;
  kind: FlowSummary['kind'];
  name: string;
  states: readonly string[];
  /** The lane of files that reached their end. */
  endState: string;
  /** Lanes whose files have an error that a person should see. */
  errorStates: readonly string[];
}

interface Known {
  state: string;
  bytes: number;
}

const SHOWN_PER_LANE = 100;
const MINUTE_MS = 60_000;
const REFRESH_MS = 5_000;

export class FileFlow {
  readonly #model: LiveModel;
  readonly #clock: Clock;
  readonly #definition: FlowDefinition;
  readonly #known = new Map<string, Known>();
  readonly #counts = new Map<string, { files: number; bytes: number }>();
  readonly #shown = new Map<string, Set<string>>();
  /** Files that reached their end in the last minute. */
  #ended: { at_ms: number; bytes: number }[] = [];
  #lastError: FlowSummary['lastError'] = null;
  #rate: number | null = null;
  #cancel: (() => void) | undefined;

  constructor(model: LiveModel, clock: Clock, definition: FlowDefinition) {
    this.#model = model;
    this.#clock = clock;
    this.#definition = definition;
    for (const state of definition.states) {
      this.#counts.set(state, { files: 0, bytes: 0 });
      this.#shown.set(state, new Set());
    }
  }

  get size(): number {
    return this.#known.size;
  }

  ids(): Iterable<string> {
    return this.#known.keys();
  }

  has(id: string): boolean {
    return this.#known.has(id);
  }

  /** `isNews`: it happened now, and counts for the rate. */
  put(file: FileSummary, isNews: boolean): void {
    const { id, state, size_bytes } = file;
    const before = this.#known.get(id);
    const bytes = size_bytes ?? before?.bytes ?? 0;
    this.#uncount(id, before);
    this.#known.set(id, { state, bytes });
    const count = this.#countOf(state);
    count.files += 1;
    count.bytes += bytes;
    const { endState, errorStates } = this.#definition;
    if (isNews && state === endState && before?.state !== endState) {
      this.#ended.push({ at_ms: this.#clock.monotonic(), bytes });
    }
    if (errorStates.includes(state)) this.#noteError(file);
    this.#show({ ...file, size_bytes: bytes }, before);
  }

  /** Its size became known after its state. */
  resize(id: string, bytes: number): void {
    const known = this.#known.get(id);
    if (!known) return;
    this.#countOf(known.state).bytes += bytes - known.bytes;
    known.bytes = bytes;
    const shown = this.#model.get('file', id);
    if (shown) this.#model.put('file', { ...shown, size_bytes: bytes });
  }

  remove(id: string): void {
    const before = this.#known.get(id);
    if (!before) return;
    this.#uncount(id, before);
    this.#known.delete(id);
    this.#hide(id, before.state);
  }

  /** Of the last transfer, 2^20 bytes a second. */
  setRate(rate_mbytes_per_sec: number): void {
    this.#rate = rate_mbytes_per_sec;
  }

  noteError(text: string, time_ms: number | null): void {
    const before = this.#lastError?.time_ms ?? Number.NEGATIVE_INFINITY;
    if ((time_ms ?? 0) >= before) this.#lastError = { text, time_ms };
  }

  /** Shows the numbers; comes again while the last minute's change by themselves. */
  settle(): void {
    const now = this.#clock.monotonic();
    this.#ended = this.#ended.filter(({ at_ms }) => now - at_ms < MINUTE_MS);
    const { id, kind, name } = this.#definition;
    this.#model.put('flow', {
      ...{ id, kind, name },
      states: [...this.#counts.keys()],
      counts: Object.fromEntries([...this.#counts].map(([state, count]) => [state, { ...count }])),
      lastMinute: {
        files: this.#ended.length,
        bytes: this.#ended.reduce((sum, { bytes }) => sum + bytes, 0),
      },
      rate_mbytes_per_sec: this.#rate,
      lastError: this.#lastError,
    });
    if (this.#ended.length === 0) return;
    this.#cancel ??= this.#clock.timer(REFRESH_MS, () => {
      this.#cancel = undefined;
      this.settle();
    });
  }

  /** Takes everything off the page. */
  close(): void {
    this.#cancel?.();
    for (const id of [...this.#known.keys()]) this.remove(id);
    this.#model.remove('flow', this.#definition.id);
  }

  #countOf(state: string): { files: number; bytes: number } {
    let count = this.#counts.get(state);
    if (!count) {
      count = { files: 0, bytes: 0 };
      this.#counts.set(state, count);
    }
    return count;
  }

  #uncount(id: string, before: Known | undefined): void {
    if (!before || !this.#known.has(id)) return;
    const count = this.#countOf(before.state);
    count.files -= 1;
    count.bytes -= before.bytes;
  }

  #noteError({ error, since_ms, path }: FileSummary): void {
    if (error !== null) this.noteError(`${path}: ${error}`, since_ms);
  }

  #show(file: FileSummary, before: Known | undefined): void {
    if (before && before.state !== file.state) this.#hide(file.id, before.state);
    let lane = this.#shown.get(file.state);
    if (!lane) {
      lane = new Set();
      this.#shown.set(file.state, lane);
    }
    lane.delete(file.id);
    lane.add(file.id);
    this.#model.put('file', file);
    if (lane.size <= SHOWN_PER_LANE) return;
    const [oldest] = lane;
    if (oldest !== undefined) this.#hide(oldest, file.state);
  }

  /** A file that goes on to another lane is not told as gone. */
  #hide(id: string, state: string): void {
    if (!this.#shown.get(state)?.delete(id)) return;
    const isMoving = this.#known.get(id) !== undefined && this.#known.get(id)?.state !== state;
    if (!isMoving) this.#model.remove('file', id);
  }
}
