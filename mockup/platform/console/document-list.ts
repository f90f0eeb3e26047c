// A live selection of documents as the list that a person chooses from.

import type { LiveDocuments } from '../couch/documents/live-documents.ts';
import type { ListItem, LiveList } from './operator-console.ts';

/** `item` gives undefined for a document that is not to be shown. */
export function listOfDocuments<V>(
  documents: LiveDocuments<V>,
  item: (value: V) => ListItem | undefined,
): LiveList {
  return {
    items: () => documents.values().flatMap((value) => item(value) ?? []),
    onChange: (callback) => documents.onChange(() => callback()),
  };
}

/** A list that never changes. */
export function fixedList(values: readonly string[]): LiveList {
  return {
    items: () => values.map((value) => ({ value })),
    onChange: () => () => {},
  };
}
