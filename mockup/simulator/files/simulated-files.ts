// The Files port over a tree in memory. Each call takes effect whole.

import { isTemporaryName } from '../../platform/files/durable.ts';
import { FileError, type Files } from '../../platform/files/files.ts';
import { copyOf, entriesOf, entryOf, type FileTree, failed, splitPath } from './file-tree.ts';

export function createSimulatedFiles(tree: FileTree): Files {
  return {
    async read(path) {
      const node = tree.require(path);
      if (node instanceof Map) throw failed(`${path} is a directory`);
      return Uint8Array.from(node);
    },
    async write(path, content) {
      tree.put(path, Uint8Array.from(Buffer.from(content)));
    },
    async list(directory) {
      return entriesOf(tree.requireDirectory(directory)).filter(
        ({ name }) => !isTemporaryName(name),
      );
    },
    async stat(path) {
      const node = tree.find(path);
      return node && entryOf(splitPath(path).name, node);
    },
    async makeDirectory(path) {
      tree.makeDirectory(path);
    },
    async remove(path) {
      tree.remove(path);
    },
    async rename(from, to) {
      refuseInside(from, to);
      tree.put(to, tree.require(from));
      tree.remove(from);
    },
    async copy(from, to) {
      refuseInside(from, to);
      tree.put(to, copyOf(tree.require(from)));
    },
  };
}

function refuseInside(from: string, to: string): void {
  if (to.startsWith(`${from}/`)) throw new FileError('file_failed', `${to} is inside ${from}`);
}
