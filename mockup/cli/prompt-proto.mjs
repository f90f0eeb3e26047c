#!/usr/bin/env node
// The `prompt-proto` program. Plain JavaScript, so that an old Node can read it and say that it is too old.

import module from 'node:module';

const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `prompt-proto: Node ${NODE_MAJOR_MIN} or newer is needed, this is ${process.version} ` +
      '(run npx prompt-proto, or put node_modules/.bin first in PATH)\n',
  );
  process.exit(2);
}

// node:sqlite works and is tested; that it may still change is no news for the one who runs this.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning')
    process.stderr.write(`prompt-proto: ${warning.message}\n`);
});

module.enableCompileCache();

const { run } = await import('./prompt-proto.ts');
await run();
