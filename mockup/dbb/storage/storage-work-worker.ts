// The thread behind `storage-work-threads`.

import { parentPort } from 'node:worker_threads';
import type { ThreadAnswer } from '../files/request-thread.ts';
import {
  identifyFile,
  lookAtFile,
  placeFiles,
  removeVersion,
  unplaceFile,
} from './storage-moves.ts';
import type { StorageRequest } from './storage-work.ts';

function work(request: StorageRequest): unknown[] {
  switch (request.kind) {
    case 'identify':
      return request.paths.map((path) => identifyFile(request.root, path));
    case 'place':
      return placeFiles(request.roots, request.requests);
    case 'unplace':
      return request.versions.map((version) => unplaceFile(request.roots, version));
    case 'remove':
      return request.versions.map((version) => removeVersion(request.root, version));
    case 'look':
      return request.paths.map((path) => lookAtFile(request.root, path));
  }
}

parentPort?.on('message', (request: StorageRequest & { id: number }) => {
  let answer: ThreadAnswer;
  try {
    answer = { id: request.id, result: work(request) };
  } catch (error) {
    answer = { id: request.id, error: (error as Error).message };
  }
  parentPort?.postMessage(answer);
});
