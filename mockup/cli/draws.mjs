#!/usr/bin/env node
// The `draws` program. Plain JavaScript, so that an old Node can read it and say that it is too old.

import module from 'node:module';

const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `draws: Node ${NODE_MAJOR_MIN} or newer is needed, this is ${process.version} ` +
      '(run npx draws, ./scripts/start, or put node_modules/.bin first in PATH)\n',
  );
  process.exit(2);
}

// node:sqlite works and is tested; that it may still change is no news for the one who runs this.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') process.stderr.write(`draws: ${warning.message}\n`);
});

// A password among the arguments is in lists of processes no longer than until here. By the
// environment it is never there.
const shown = process.argv.map((text) => text.replace(/\/\/[^/@\s]*@/g, '//'));
if (shown.some((text, n) => text !== process.argv[n])) process.title = shown.join(' ');

// A line is some twenty processes: each starts twice as fast where compiled code is kept.
module.enableCompileCache();

const { run } = await import('./draws.ts');
await run();
