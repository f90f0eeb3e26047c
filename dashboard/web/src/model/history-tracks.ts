// The states of all OUSs over time: read once, and from then on continued with each change. What
// changed while they were read, or before a new snapshot, is taken from the OUSs themselves.

import { type ReadonlySignal, signal } from '@preact/signals';
import type { Histories } from '../../../protocol/json-api.ts';
import type { OusSummary } from '../../../protocol/summaries.ts';
import type { Observatory } from './observatory.ts';

export interface Track {
  id: string;
  /** When it came into each state, and which (an index into the states; -1: another), by time. */
  times_ms: number[];
  states: number[];
}

export interface HistoryTracks {
  /** Grows when a track has changed. */
  version: ReadonlySignal<number>;
  /** Oldest first, by their beginning. */
  all(): readonly Track[];
  get(id: string): Track | undefined;
  stop(): void;
}

export function followHistories(observatory: Observatory, histories: Histories): HistoryTracks {
  const version = signal(0);
  const tracks = new Map<string, Track>();
  const states = observatory.config.peek()?.states ?? histories.states;
  const names = histories.states.map((state) => states.indexOf(state));
  for (const { id, steps } of histories.ouss) tracks.set(id, readTrack(id, steps, names));
  let ordered: Track[] | undefined;
  catchUp();
  const stop = observatory.ous.listen({
    reset: catchUp,
    change: (before, after) => {
      if (after) extend(tracks.get(after.id) ?? addTrack(after.id), after, states);
      else if (before) removeTrack(before.id);
      version.value = version.peek() + 1;
    },
  });
  return {
    version,
    stop,
    get: (id) => tracks.get(id),
    all: () => (ordered ??= [...tracks.values()].sort(byBeginning)),
  };

  function catchUp(): void {
    for (const id of [...tracks.keys()]) if (!observatory.ous.get(id)) removeTrack(id);
    for (const ous of observatory.ous.values()) {
      extend(tracks.get(ous.id) ?? addTrack(ous.id), ous, states);
    }
    version.value = version.peek() + 1;
  }

  function removeTrack(id: string): void {
    tracks.delete(id);
    ordered = undefined;
  }

  function addTrack(id: string): Track {
    const track: Track = { id, times_ms: [], states: [] };
    tracks.set(id, track);
    ordered = undefined;
    return track;
  }
}

function readTrack(id: string, steps: readonly number[], names: readonly number[]): Track {
  const track: Track = { id, times_ms: [], states: [] };
  for (let index = 0; index + 1 < steps.length; index += 2) {
    add(track, steps[index] ?? 0, names[steps[index + 1] ?? -1] ?? -1);
  }
  return track;
}

function extend(track: Track, ous: OusSummary, states: readonly string[]): void {
  const time_ms = ous.since_ms ?? ous.changed_ms;
  if (time_ms !== null) add(track, time_ms, states.indexOf(ous.state));
}

/** Steps within a state are none here, and time only goes on. */
function add(track: Track, time_ms: number, state: number): void {
  if (track.states.at(-1) === state || time_ms < (track.times_ms.at(-1) ?? 0)) return;
  track.times_ms.push(time_ms);
  track.states.push(state);
}

function byBeginning(one: Track, other: Track): number {
  return (one.times_ms[0] ?? 0) - (other.times_ms[0] ?? 0) || (one.id < other.id ? -1 : 1);
}
