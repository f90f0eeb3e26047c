// The thread behind `file-work-threads`.

import {
  accessSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { directoryOf, type FileVersion } from '../../core/dbb/file-version.ts';
import { checksumOf } from '../files/checksum.ts';
import { codeOf, versionOf } from '../files/scan-tree.ts';
import type {
  ChecksumResult,
  FileAnswerMessage,
  FileRequestMessage,
  HeldName,
  KnownContent,
  Removal,
  Sight,
} from './file-work.ts';
import { holdFile } from './held-files.ts';

function work(request: FileRequestMessage): unknown[] {
  switch (request.kind) {
    case 'look':
      return lookAtAll(request.root, request.paths);
    case 'checksums':
      return request.paths.map((path) => checksum(request.root, path));
    case 'hold':
      return request.requests.map((one) => holdFile(request.options, one));
    case 'remove':
      return request.files.map((one) => removeKnown(request.holding, one));
    case 'put-back':
      return request.files.map((one) => putBack(request.holding, request.buffer, one));
  }
}

/** What a link on the way leads to is not in this tree, even where it was a directory before. */
function lookAtAll(root: string, paths: readonly string[]): Sight[] {
  const known = new Map<string, Sight | 'real'>();
  return paths.map((path) => {
    const directory = join(root, directoryOf(path));
    const place = known.get(directory) ?? lookAtDirectory(directory);
    known.set(directory, place);
    return place === 'real' ? lookAt(root, path) : place;
  });
}

function lookAtDirectory(path: string): Sight | 'real' {
  try {
    return realpathSync.native(path) === path ? 'real' : {};
  } catch (error) {
    return faultOf(error);
  }
}

function lookAt(root: string, path: string): Sight {
  const full = join(root, path);
  let version: FileVersion | undefined;
  try {
    const stats = lstatSync(full, { throwIfNoEntry: false });
    if (!stats?.isFile()) return {};
    version = versionOf(path, stats);
    accessSync(full, constants.R_OK);
    return { version };
  } catch (error) {
    return { ...(version && { version }), ...faultOf(error) };
  }
}

/** Only these codes prove that nothing is there; any other is a fault. */
function faultOf(error: unknown): Sight {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' ? {} : { code };
}

function checksum(root: string, path: string): ChecksumResult {
  try {
    return { checksum: checksumOf(join(root, path)) };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

/** Its directories go with the last file in them. */
function removeKnown(holding: string, { as, size_bytes, checksum: known }: KnownContent): Removal {
  const path = join(holding, as);
  try {
    const before = lstatSync(path);
    if (!before.isFile() || before.size !== size_bytes || checksumOf(path) !== known)
      return 'other';
    const after = lstatSync(path);
    if (after.ino !== before.ino || after.mtimeMs !== before.mtimeMs) return 'other';
    unlinkSync(path);
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'absent' : codeOf(error);
  }
  try {
    for (let above = directoryOf(as); above !== ''; above = directoryOf(above)) {
      rmdirSync(join(holding, above));
    }
  } catch {
    // Not empty.
  }
  return 'removed';
}

/** Under its name in the buffer first, so that it always has one; nothing there is replaced. */
function putBack(holding: string, buffer: string, { as, path }: HeldName): string | undefined {
  try {
    mkdirSync(join(buffer, directoryOf(path)), { recursive: true });
    linkSync(join(holding, as), join(buffer, path));
    unlinkSync(join(holding, as));
    return undefined;
  } catch (error) {
    return codeOf(error) === 'EEXIST' ? 'the buffer has another of its name' : codeOf(error);
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
