// Compiles the programs, their worker modules and most packages that they use into a few modules of
// JavaScript.

import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import { stampOf } from '../../mockup/cli/launch.mjs';
import { placeInBuild, sourcePlaces } from './source-places.ts';

/** Each is a file of its own, as it is found by its path: a program, a child process. */
const PROGRAMS = [
  'mockup/cli/draws',
  'mockup/cli/hdfmgr',
  'mockup/cli/endmgr',
  'mockup/cli/prompt-proto',
  'mockup/cli/dbb/own-database/own-database-process',
];

/** What runs in a thread, or in a process of a plugin, is called so. */
const WORKERS = 'mockup/**/*-worker.ts';

/** Packages that read files of their own, bring machine code, or are searched for by name. */
const NOT_BUNDLED =
  /^(@electric-sql\/|@google-cloud\/|@grpc\/|@node-rs\/|google-gax|protobufjs|proto3-json-serializer|pg|pino-pretty)/;

export interface Bundle {
  /** Own sources, relative to `root`, with how each was when it was read. */
  files: [path: string, stamp: string][];
  /** Directories of the packages that are in it. */
  packages: string[];
}

export async function bundle(root: string, directory: string): Promise<Bundle> {
  const files: Bundle['files'] = [];
  const workers = globSync(WORKERS, { cwd: root }).map((path) => path.replace(/\.ts$/, ''));
  const entries = [...PROGRAMS, ...workers.toSorted()];
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((entry) => [entry, join(root, `${entry}.ts`)])),
    platform: 'node',
    external: NOT_BUNDLED,
    logLevel: 'warn',
    // Packages that use `eval` for want of something newer.
    checks: { eval: false },
    plugins: [
      {
        name: 'sources',
        // The stamp first: who writes meanwhile makes the build stale, never wrong.
        async load(id) {
          const path = relative(root, id);
          if (!isSource(path)) return null;
          files.push([path, stampOf(id)]);
          return { code: await readFile(id, 'utf8'), moduleType: 'ts' };
        },
        transform(code, id) {
          const path = relative(root, id);
          return isSource(path) ? placeInBuild(code, path) : null;
        },
      },
      sourcePlaces,
    ],
  });
  const { output } = await build.write({
    dir: directory,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  });
  await build.close();
  const chunks = output.filter((made): made is OutputChunk => made.type === 'chunk');
  return { files, packages: packagesOf(chunks.flatMap(({ moduleIds }) => moduleIds)) };
}

function isSource(path: string): boolean {
  return /^(mockup|dashboard)\/.*\.ts$/.test(path);
}

/** A package may be inside another one's `node_modules`. */
function packagesOf(moduleIds: readonly string[]): string[] {
  const found = moduleIds.flatMap(
    (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? [],
  );
  return [...new Set(found)].toSorted();
}
