// The live adapter of StorageWork: one thread for quick moves, one or more for checksums.

import { RequestThread } from '../files/request-thread.ts';
import type { IdentifyResult, LookResult, PlaceResult, RemoveResult } from './storage-moves.ts';
import type { StorageRequest, StorageWork } from './storage-work.ts';

const MODULE = 'storage-work-worker';

export function createStorageWork(options: { readers?: number } = {}): StorageWork {
  const start = () => new RequestThread<StorageRequest>(MODULE, import.meta.url);
  const quick = start();
  const readers = Array.from({ length: options.readers ?? 1 }, start);
  return {
    warmUp() {
      for (const reader of readers) reader.warmUp();
    },
    async identify(root, paths) {
      const share = Math.ceil(paths.length / readers.length);
      const parts = readers.map((reader, index) => {
        const part = paths.slice(index * share, (index + 1) * share);
        if (part.length === 0) return [];
        return reader.ask<IdentifyResult>({ kind: 'identify', root, paths: part });
      });
      return (await Promise.all(parts)).flat();
    },
    place: (roots, requests) => quick.ask<PlaceResult>({ kind: 'place', roots, requests }),
    unplace: (roots, versions) => quick.ask<RemoveResult>({ kind: 'unplace', roots, versions }),
    remove: (root, versions) => quick.ask<RemoveResult>({ kind: 'remove', root, versions }),
    look: (root, paths) => quick.ask<LookResult>({ kind: 'look', root, paths }),
    close: async () => {
      await Promise.all([quick, ...readers].map((thread) => thread.close()));
    },
  };
}
