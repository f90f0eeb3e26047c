// What the server knows of the site: one summary per thing, kept in memory, and each difference as
// a numbered change.

import { isDeepStrictEqual } from 'node:util';
import type { Kind, ModelChange, Snapshot, Summaries } from '../../protocol/live-messages.ts';
import { ModelChangeLog } from './change-log.ts';

const CHANGES_KEPT = 8192;
/** A backlog of messages is told by its queue's numbers; pages need not have them all. */
const MESSAGES_IN_SNAPSHOT = 1000;

type Maps = { [K in Kind]: Map<string, Summaries[K]> };

export class LiveModel {
  readonly #log = new ModelChangeLog(CHANGES_KEPT);
  readonly #maps: Maps = {
    ous: new Map(),
    message: new Map(),
    queue: new Map(),
    actor: new Map(),
    replication: new Map(),
    feed: new Map(),
    table: new Map(),
    flow: new Map(),
    file: new Map(),
    batch: new Map(),
    visit: new Map(),
    refusal: new Map(),
    workers: new Map(),
    process: new Map(),
    link: new Map(),
    line: new Map(),
    act: new Map(),
  };
  readonly #callbacks = new Set<() => void>();

  get seq(): number {
    return this.#log.seq;
  }

  all<K extends Kind>(kind: K): ReadonlyMap<string, Summaries[K]> {
    return this.#maps[kind];
  }

  get<K extends Kind>(kind: K, id: string): Summaries[K] | undefined {
    return this.#maps[kind].get(id);
  }

  /** Nothing happens where it is known like this already. */
  put<K extends Kind>(kind: K, value: Summaries[K]): void {
    const map = this.#maps[kind] as Map<string, Summaries[K]>;
    if (isDeepStrictEqual(map.get(value.id), value)) return;
    map.set(value.id, value);
    this.#add({ kind, value } as ModelChange);
  }

  remove(kind: Kind, id: string): void {
    if (this.#maps[kind].delete(id)) this.#add({ kind, removed: id } as ModelChange);
  }

  /** Tells a last time of something that is over. */
  end<K extends Kind>(kind: K, value: Summaries[K]): void {
    this.#maps[kind].delete(value.id);
    this.#add({ kind, value } as ModelChange);
  }

  /** See ChangeLog. */
  after(seq: number): ModelChange[] | undefined {
    return this.#log.after(seq);
  }

  snapshot(): Snapshot['all'] {
    const values = Object.entries(this.#maps).map(([kind, map]) => [kind, [...map.values()]]);
    const all = Object.fromEntries(values) as Snapshot['all'];
    return { ...all, message: all.message.slice(0, MESSAGES_IN_SNAPSHOT) };
  }

  /** Called after each change; the returned function ends that. */
  onChange(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  #add(change: ModelChange): void {
    this.#log.add(change);
    for (const callback of this.#callbacks) callback();
  }
}
