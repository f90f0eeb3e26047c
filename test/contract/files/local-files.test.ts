import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalFiles } from '../../../mockup/platform/files/local-files.ts';
import { filesContract } from './files-contract.ts';

filesContract('local', async () => {
  const root = await mkdtemp(join(tmpdir(), 'draws-files-'));
  return {
    files: createLocalFiles(),
    root,
    dispose: () => rm(root, { recursive: true, force: true }),
  };
});
