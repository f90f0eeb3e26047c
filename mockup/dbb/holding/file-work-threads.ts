// The live adapter of FileWork: one thread for quick looks and moves, one or more for checksums,
// which read all that is shipped.

import { RequestThread } from '../files/request-thread.ts';
import type { ChecksumResult, FileRequest, FileWork, Removal } from './file-work.ts';
import type { HoldResult } from './held-files.ts';

export function createFileWork(options: { checksumThreads?: number } = {}): FileWork {
  const start = () => new RequestThread<FileRequest>('file-work-worker', import.meta.url);
  const quick = start();
  const readers = Array.from({ length: options.checksumThreads ?? 1 }, start);
  return {
    lookAt: (root, paths) => quick.ask({ kind: 'look', root, paths }),
    async checksums(root, paths) {
      const [first, ...others] = readers.toSorted((a, b) => a.waiting - b.waiting);
      if (!first) return [];
      const free = [first, ...others.filter(({ waiting }) => waiting === 0)];
      const share = Math.ceil(paths.length / free.length);
      const parts = free.map((reader, index) => {
        const part = paths.slice(index * share, (index + 1) * share);
        return reader.ask<ChecksumResult>({ kind: 'checksums', root, paths: part });
      });
      return (await Promise.all(parts)).flat();
    },
    hold: (holdOptions, requests) =>
      quick.ask<HoldResult>({ kind: 'hold', options: holdOptions, requests }),
    async remove(holding, files) {
      const [reader] = readers;
      return reader ? reader.ask<Removal>({ kind: 'remove', holding, files }) : [];
    },
    putBack: (roots, files) => quick.ask({ kind: 'put-back', ...roots, files }),
    close: async () => {
      await Promise.all([quick, ...readers].map((thread) => thread.close()));
    },
  };
}
