// One way that files go, with its lanes: the numbers of each lane, and the files that a page shows
// of it, those that came latest. What comes to a full lane and is older is not told at all.

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
  /** Null where it is not known. */
  bytes: number | null;
}

const SHOWN_PER_LANE = 100;
/** Whoever can write a record can make states up; beyond so many they share a lane. */
const LANES_MAX = 30;
const OTHER_LANE = 'other';
const MINUTE_MS = 60_000;
const REFRESH_MS = 5_000;

export class FileFlow {
  readonly #model: LiveModel;
  readonly #clock: Clock;
  readonly #definition: FlowDefinition;
  readonly #known = new Map<string, Known>();
  readonly #counts = new Map<string, { files: number; bytes: number }>();
  /** Ids by lane, and since when each is in it. */
  readonly #shown = new Map<string, Map<string, number>>();
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
    }
  }

  get size(): number {
    return this.#known.size;
  }

  ids(): Iterable<string> {
    return this.#known.keys();
  }

  /** `isNews`: it happened now; what was read may have happened in the last minute too. */
  put(file: FileSummary, isNews: boolean): void {
    const { id } = file;
    const before = this.#known.get(id);
    const state = this.#laneOf(file.state);
    const size_bytes = file.size_bytes ?? before?.bytes ?? null;
    if (before) this.#uncount(before);
    this.#known.set(id, { state, bytes: size_bytes });
    const count = this.#countOf(state);
    count.files += 1;
    count.bytes += size_bytes ?? 0;
    const { endState, errorStates } = this.#definition;
    if (state === endState && before?.state !== endState) {
      const age_ms = isNews ? 0 : this.#clock.now() - (file.since_ms ?? 0);
      const isOfLastMinute = age_ms >= 0 && age_ms < MINUTE_MS;
      const at_ms = this.#clock.monotonic() - age_ms;
      if (isOfLastMinute) this.#ended.push({ at_ms, bytes: size_bytes ?? 0 });
    }
    if (errorStates.includes(state)) this.#noteError(file);
    this.#show({ ...file, state, size_bytes }, before);
  }

  /** Its size became known after its state. */
  resize(id: string, bytes: number): void {
    const known = this.#known.get(id);
    if (!known) return;
    this.#countOf(known.state).bytes += bytes - (known.bytes ?? 0);
    known.bytes = bytes;
    const shown = this.#model.get('file', id);
    if (shown) this.#model.put('file', { ...shown, size_bytes: bytes });
  }

  remove(id: string): void {
    const before = this.#known.get(id);
    if (!before) return;
    this.#uncount(before);
    this.#known.delete(id);
    this.#shown.get(before.state)?.delete(id);
    this.#model.remove('file', id);
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

  #laneOf(state: string): string {
    const isLane = this.#counts.has(state) || this.#counts.size < LANES_MAX;
    return isLane ? state : OTHER_LANE;
  }

  #uncount(before: Known): void {
    const count = this.#countOf(before.state);
    count.files -= 1;
    count.bytes -= before.bytes ?? 0;
  }

  #noteError({ error, since_ms, path }: FileSummary): void {
    if (error !== null) this.noteError(`${path}: ${error}`, since_ms);
  }

  #show(file: FileSummary, before: Known | undefined): void {
    const { id, state } = file;
    if (before && before.state !== state) this.#shown.get(before.state)?.delete(id);
    let lane = this.#shown.get(state);
    if (!lane) {
      lane = new Map();
      this.#shown.set(state, lane);
    }
    const since_ms = file.since_ms ?? 0;
    if (!lane.has(id) && lane.size >= SHOWN_PER_LANE) {
      const oldest = oldestOf(lane);
      if (since_ms <= oldest.since_ms) {
        this.#model.remove('file', id);
        return;
      }
      lane.delete(oldest.id);
      this.#model.remove('file', oldest.id);
    }
    lane.set(id, since_ms);
    this.#model.put('file', file);
  }
}

function oldestOf(lane: ReadonlyMap<string, number>): { id: string; since_ms: number } {
  let oldest = { id: '', since_ms: Number.POSITIVE_INFINITY };
  for (const [id, since_ms] of lane) if (since_ms < oldest.since_ms) oldest = { id, since_ms };
  return oldest;
}
