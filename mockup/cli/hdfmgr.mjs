#!/usr/bin/env node
// The `hdfmgr` program. Plain JavaScript, so that an old Node can read it and say that it is too old.

import module from 'node:module';

const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `hdfmgr: Node ${NODE_MAJOR_MIN} or newer is needed, this is ${process.version} ` +
      '(run npx hdfmgr, or put node_modules/.bin first in PATH)\n',
  );
  process.exit(2);
}

// For `ps` and `killall`.
process.title = 'hdfmgr';

module.enableCompileCache();

const { run } = await import('./hdfmgr.ts');
await run();
