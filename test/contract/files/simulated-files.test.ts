import { FileTree } from '../../../mockup/simulator/files/file-tree.ts';
import { createSimulatedFiles } from '../../../mockup/simulator/files/simulated-files.ts';
import { filesContract } from './files-contract.ts';

filesContract('simulated', () => {
  const tree = new FileTree();
  tree.makeDirectory('/data/root');
  return { files: createSimulatedFiles(tree), root: '/data/root' };
});
