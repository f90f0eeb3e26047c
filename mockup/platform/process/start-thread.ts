// A thread that runs a module. Compiled code is kept, as in the main thread: where sources run
// directly, the compiler alone would cost a thread more memory than all that it does.

import { Worker, type WorkerOptions } from 'node:worker_threads';

const YOUNG_MIB = 8;

/** `module`: `new URL('./worker.ts', import.meta.url)`, or `.js` in a build. */
export function startThread(module: URL, options: WorkerOptions = {}): Worker {
  const start = [
    `require('node:module').enableCompileCache();`,
    `import(${JSON.stringify(module.href)});`,
  ];
  return new Worker(start.join('\n'), {
    ...options,
    eval: true,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  });
}

/** The ending of this product's modules, as they run. */
export function moduleEnding(importer: string): 'ts' | 'js' {
  return importer.endsWith('.ts') ? 'ts' : 'js';
}
