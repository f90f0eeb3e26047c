// Everything that the page knows of the observatory, as the server told it.

import { batch, type Signal, signal } from '@preact/signals';
import type { Kind, ModelChange, Snapshot, Summaries } from '../../../protocol/live-messages.ts';
import type { Config } from '../../../protocol/summaries.ts';
import { Collection } from './collection.ts';

type Collections = { [K in Kind]: Collection<Summaries[K]> };

export interface Observatory extends Collections {
  /** Undefined until the first snapshot. */
  config: Signal<Config | undefined>;
  takeSnapshot(snapshot: Snapshot): void;
  applyChanges(changes: readonly ModelChange[]): void;
}

const kinds = [
  'ous',
  'message',
  'queue',
  'actor',
  'replication',
  'feed',
  'table',
  'flow',
  'file',
  'batch',
  'visit',
  'refusal',
  'workers',
  'process',
  'link',
  'line',
  'act',
] as const satisfies readonly Kind[];

export function createObservatory(): Observatory {
  const collections = Object.fromEntries(
    kinds.map((kind) => [kind, new Collection()]),
  ) as unknown as Collections;
  const config = signal<Config | undefined>(undefined);
  return {
    ...collections,
    config,
    takeSnapshot: (snapshot) =>
      batch(() => {
        config.value = snapshot.config;
        for (const kind of kinds) replaceAll(collections, kind, snapshot.all);
      }),
    applyChanges: (changes) =>
      batch(() => {
        for (const change of changes) apply(collections, change);
      }),
  };
}

function replaceAll<K extends Kind>(
  collections: Collections,
  kind: K,
  all: Partial<Snapshot['all']>,
): void {
  collections[kind].replaceAll(all[kind] ?? []);
}

function apply(collections: Collections, change: ModelChange): void {
  // A newer server may tell of kinds that this page does not know yet.
  const collection = collections[change.kind] as unknown as Collection<{ id: string }> | undefined;
  if (!collection) return;
  if ('removed' in change) collection.remove(change.removed);
  else if (isFinished(change)) finish(collections.message, change.value);
  else collection.put(change.value);
}

function isFinished(
  change: ModelChange,
): change is { kind: 'message'; value: Summaries['message'] } {
  return change.kind === 'message' && 'value' in change && change.value.state === 'done';
}

/** A finished message is told of once, and is then no concern of the page any more. */
function finish(messages: Collections['message'], message: Summaries['message']): void {
  messages.put(message);
  messages.remove(message.id);
}
