// A narrower view of documents that are followed already, without a feed of its own.

import type { LiveDocuments } from '../../platform/couch/documents/live-documents.ts';

/** `stop` does nothing: the feed belongs to whoever started it. */
export function selectFrom<V, W>(
  documents: LiveDocuments<V>,
  select: (value: V) => W | undefined,
): LiveDocuments<W> {
  const get = (id: string): W | undefined => {
    const value = documents.get(id);
    return value === undefined ? undefined : select(value);
  };
  const ids = () => documents.ids().filter((id) => get(id) !== undefined);
  return {
    get,
    ids,
    values: () => ids().map((id) => get(id) as W),
    onChange: (callback) => documents.onChange(callback),
    stop: async () => {},
  };
}
