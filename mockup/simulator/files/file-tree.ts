// The file system of one simulated host: a tree of directories in memory.

import { isTemporaryName } from '../../platform/files/durable.ts';
import { type FileEntry, FileError } from '../../platform/files/files.ts';
import { compareIds } from '../store/id-order.ts';

/** A file is its bytes, which are never changed in place. */
export type Node = Uint8Array | Directory;
export type Directory = Map<string, Node>;

export class FileTree {
  /** There is no room for anything new. */
  isFull = false;
  #root: Directory = new Map();

  find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of partsOf(path)) {
      if (!(node instanceof Map)) return undefined;
      node = node.get(name);
    }
    return node;
  }

  /** Throws FileError `file_missing`. */
  require(path: string): Node {
    const node = this.find(path);
    if (node === undefined) throw new FileError('file_missing', `there is no ${path}`);
    return node;
  }

  requireDirectory(path: string): Directory {
    const node = this.find(path);
    if (node instanceof Map) return node;
    throw new FileError('file_missing', `there is no directory ${path}`);
  }

  /** The directory at `path`, made with those above it; throws where a file is in the way. */
  makeDirectory(path: string): Directory {
    let directory = this.#root;
    for (const name of partsOf(path)) {
      const next: Node = directory.get(name) ?? new Map<string, Node>();
      if (!(next instanceof Map)) throw failed(`${path}: ${name} is no directory`);
      directory.set(name, next);
      directory = next;
    }
    return directory;
  }

  /** Puts a node in the place of nothing or of a file. */
  put(path: string, node: Node): void {
    const { directory, name } = splitPath(path);
    if (this.find(path) instanceof Map) throw failed(`${path} is a directory`);
    if (this.isFull) throw new FileError('disk_full', `there is no room for ${path}`);
    this.makeDirectory(directory).set(name, node);
  }

  remove(path: string): void {
    const { directory, name } = splitPath(path);
    const parent = this.find(directory);
    if (parent instanceof Map) parent.delete(name);
  }
}

export function entryOf(name: string, node: Node): FileEntry {
  return node instanceof Map
    ? { name, kind: 'directory', size_bytes: 0 }
    : { name, kind: 'file', size_bytes: node.length };
}

/** Sorted by the bytes of the names. */
export function entriesOf(directory: Directory): FileEntry[] {
  return [...directory]
    .map(([name, node]) => entryOf(name, node))
    .sort((a, b) => compareIds(a.name, b.name));
}

/** A copy that shares only the bytes of files; half written ones are left out. */
export function copyOf(node: Node): Node {
  if (!(node instanceof Map)) return node;
  const whole = [...node].filter(([name]) => !isTemporaryName(name));
  return new Map(whole.map(([name, child]) => [name, copyOf(child)]));
}

/** Every file below a node by its relative path; directories end with a slash. */
export function flatten(node: Node, path = ''): Map<string, Uint8Array> {
  if (!(node instanceof Map)) return new Map([[path, node]]);
  const files = new Map<string, Uint8Array>();
  if (path !== '') files.set(`${path}/`, new Uint8Array());
  for (const { name } of entriesOf(node)) {
    const below = flatten(node.get(name) as Node, path === '' ? name : `${path}/${name}`);
    for (const [each, content] of below) files.set(each, content);
  }
  return files;
}

export function failed(message: string): FileError {
  return new FileError('file_failed', message);
}

export function splitPath(path: string): { directory: string; name: string } {
  const parts = partsOf(path);
  const name = parts.pop();
  if (name === undefined) throw failed(`${path} can't be replaced`);
  return { directory: `/${parts.join('/')}`, name };
}

function partsOf(path: string): string[] {
  if (!path.startsWith('/')) throw failed(`not an absolute path: ${path}`);
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
