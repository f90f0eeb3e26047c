// The suite within one simulated host, and between two.

import { FileTree } from '../../../mockup/simulator/files/file-tree.ts';
import { createSimulatedFiles } from '../../../mockup/simulator/files/simulated-files.ts';
import { createSimulatedTreeSync } from '../../../mockup/simulator/files/simulated-tree-sync.ts';
import { treeSyncContract } from './tree-sync-contract.ts';

function makeHost(name: string) {
  const tree = new FileTree();
  tree.makeDirectory('/cache/EU');
  const treeSync = createSimulatedTreeSync({
    local: tree,
    hostNamed: (host) => (host === name ? tree : undefined),
    reachable: () => true,
    travel: async () => {},
  });
  return { files: createSimulatedFiles(tree), treeSync, sourceRoot: '/cache/EU' };
}

treeSyncContract('simulated, local directory', () => {
  const host = makeHost('jao');
  return { ...host, source: '/cache/EU', target: '/cache/JAO' };
});

treeSyncContract('simulated, user@host:directory', () => {
  const host = makeHost('eu');
  return { ...host, source: 'draws@eu:/cache/EU', target: '/cache/JAO' };
});
