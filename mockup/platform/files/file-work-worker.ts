// The thread behind `file-work-threads`.

import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import type { FileVersion } from '../../core/dbb/file-version.ts';
import { checksumOf } from './checksum.ts';
import type { ChecksumResult, FileAnswerMessage, FileRequestMessage } from './file-work.ts';
import { holdFile } from './held-files.ts';
import { codeOf, versionOf } from './scan-tree.ts';

function work(request: FileRequestMessage): unknown[] {
  switch (request.kind) {
    case 'look':
      return request.paths.map((path) => lookAt(request.root, path));
    case 'checksums':
      return request.paths.map((path) => checksum(request.root, path));
    case 'hold':
      return request.requests.map((one) => holdFile(request.options, one));
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
