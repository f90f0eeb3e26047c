// The thread behind `file-work-threads`.

import { lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { directoryOf, type FileVersion } from '../../core/dbb/file-version.ts';
import { checksumOf } from '../files/checksum.ts';
import { codeOf, versionOf } from '../files/scan-tree.ts';
import type { ChecksumResult, FileAnswerMessage, FileRequestMessage } from './file-work.ts';
import { holdFile } from './held-files.ts';

function work(request: FileRequestMessage): unknown[] {
  switch (request.kind) {
    case 'look':
      return lookAtAll(request.root, request.paths);
    case 'checksums':
      return request.paths.map((path) => checksum(request.root, path));
    case 'hold':
      return request.requests.map((one) => holdFile(request.options, one));
  }
}

/** What a link on the way leads to is not in this tree, even where it was a directory before. */
function lookAtAll(root: string, paths: readonly string[]): (FileVersion | undefined)[] {
  const known = new Map<string, boolean>();
  return paths.map((path) => {
    const directory = join(root, directoryOf(path));
    let isReal = known.get(directory);
    if (isReal === undefined) {
      isReal = realPathOf(directory) === directory;
      known.set(directory, isReal);
    }
    return isReal ? lookAt(root, path) : undefined;
  });
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

function lookAt(root: string, path: string): FileVersion | undefined {
  const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
  return stats?.isFile() ? versionOf(path, stats) : undefined;
}

function checksum(root: string, path: string): ChecksumResult {
  try {
    return { checksum: checksumOf(join(root, path)) };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

parentPort?.on('message', (request: FileRequestMessage) => {
  let answer: FileAnswerMessage;
  try {
    answer = { id: request.id, result: work(request) };
  } catch (error) {
    answer = { id: request.id, error: (error as Error).message };
  }
  parentPort?.postMessage(answer);
});
