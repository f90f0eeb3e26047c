// The suite over a local directory, and over a remote shell that runs rsync's server here.

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalFiles } from '../../../mockup/platform/files/local-files.ts';
import { createRsyncTreeSync } from '../../../mockup/platform/files/rsync-tree-sync.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { treeSyncContract } from './tree-sync-contract.ts';

async function makeDirectories() {
  const root = await mkdtemp(join(tmpdir(), 'draws-rsync-'));
  await mkdir(`${root}/eu`);
  return {
    root,
    files: createLocalFiles(),
    sourceRoot: `${root}/eu`,
    target: `${root}/jao`,
    dispose: () => rm(root, { recursive: true, force: true }),
  };
}

treeSyncContract('rsync, local directory', async () => {
  const made = await makeDirectories();
  const treeSync = createRsyncTreeSync({ log: silentLogger });
  return { ...made, treeSync, source: made.sourceRoot };
});

treeSyncContract('rsync, user@host:directory', async () => {
  const made = await makeDirectories();
  // What ssh does: host and user go, the rest goes to a shell.
  const rsh = `${made.root}/rsh`;
  await writeFile(rsh, '#!/bin/sh\n[ "$1" = -l ] && shift 2\nshift\nexec sh -c "$*"\n');
  await chmod(rsh, 0o755);
  const treeSync = createRsyncTreeSync({ log: silentLogger, rsh });
  return { ...made, treeSync, source: `arc-user@arc-host:${made.sourceRoot}/` };
});
