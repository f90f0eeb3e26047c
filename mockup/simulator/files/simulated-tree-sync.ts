// Copying trees between the simulated hosts of a network, which can be taken apart.

import { posix } from 'node:path';
import { NameTakenError, type TreeSync, TreeSyncError } from '../../platform/files/tree-sync.ts';
import { copyOf, type FileTree, flatten, type Node } from './file-tree.ts';

const SOURCE = /^(?:[^@:]+@)?([^@:]+):(\/.*)$/;

export interface TreeSyncNetwork {
  /** The host on which `pull` is called. */
  local: FileTree;
  /** A host by the name in `user@host:directory`; undefined where there is none. */
  hostNamed(name: string): FileTree | undefined;
  /** False while the way to that host is cut. */
  reachable(name: string): boolean;
  /** Waits as long as a transfer takes; rejects when aborted. `host`: of the source, '' for this one. */
  travel(host: string, name: string, signal: AbortSignal | undefined): Promise<void>;
}

/** Also one whose pull breaks off when half of it is there. */
export function createSimulatedTreeSync(
  network: TreeSyncNetwork,
): TreeSync & { pullHalf: TreeSync['pull'] } {
  return {
    async pullHalf(source, name, directory, signal) {
      await network.travel(hostIn(source), name, signal);
      network.local.put(posix.join(stagingOf(directory, name), name), Buffer.from('half'));
      throw refused(`the copy of ${source}/${name} broke off`, true);
    },
    async pull(source, name, directory, signal) {
      signal?.throwIfAborted();
      if (!isPlainName(name)) {
        throw refused(`not a name in a directory: ${JSON.stringify(name)}`, false);
      }
      await network.travel(hostIn(source), name, signal);
      const { tree, path } = placeOf(network, source);
      const node = tree.find(posix.join(path, name));
      if (node === undefined) throw refused(`nothing at ${source}/${name}`, true);
      const target = posix.join(directory, name);
      network.local.makeDirectory(directory);
      network.local.remove(stagingOf(directory, name));
      const present = network.local.find(target);
      if (present === undefined) network.local.put(target, copyOf(node));
      else if (contentOf(present) !== contentOf(node)) throw new NameTakenError(name, 'differs');
    },
  };
}

/** Where it gathers what arrives, as the live one does. */
function stagingOf(directory: string, name: string): string {
  return posix.join(directory, `.incoming-${Buffer.from(name).toString('hex').slice(-12)}`);
}

function contentOf(node: Node): string {
  const files = [...flatten(node)].map(([path, content]) => [
    path,
    Buffer.from(content).toString('hex'),
  ]);
  return JSON.stringify(files.sort());
}

function placeOf(network: TreeSyncNetwork, source: string): { tree: FileTree; path: string } {
  if (source.startsWith('/')) return { tree: network.local, path: source };
  const match = SOURCE.exec(source);
  const host = hostIn(source);
  const tree = network.hostNamed(host);
  if (!match || !tree) throw refused(`no host for ${source}`, false);
  if (!network.reachable(host)) throw refused(`no way to ${host}`, true);
  return { tree, path: match[2] as string };
}

function hostIn(source: string): string {
  return SOURCE.exec(source)?.[1] ?? '';
}

function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
}

function refused(message: string, retriable: boolean): TreeSyncError {
  return new TreeSyncError(message, { retriable });
}
