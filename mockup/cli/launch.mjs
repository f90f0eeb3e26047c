// Starts one of the programs. Plain JavaScript that an old Node can read, so that it can say that it is
// too old. A published package has compiled modules beside this one. In a checkout the sources run,
// or, in half the time, what was compiled of them, where each source file is still the one that was
// compiled: an edit always runs at once.

import { existsSync, readFileSync, statSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;

const root = new URL('../../', import.meta.url);
/** In a checkout, where `scripts/compile` puts its builds. */
const builds = new URL('node_modules/.cache/draws-mockup/', root);

/** @param {string} name `draws`, `hdfmgr`, …: the module that is run */
export async function launch(name) {
  if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
    process.stderr.write(`${name}: ${tooOld(name)}\n`);
    process.exit(2);
  }
  // node:sqlite works and is tested; that it may still change is no news for the one who runs this.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning')
      process.stderr.write(`${name}: ${warning.message}\n`);
  });
  // Whoever read the output has seen enough: `draws history UID | head`.
  process.stdout.on('error', (error) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  // A line is some twenty processes: each starts twice as fast where the machine code is kept.
  module.enableCompileCache();
  const { run } = await import(moduleOf(name).href);
  await run();
}

/** @param {string} name */
function tooOld(name) {
  const here = existsSync(new URL('node_modules/.bin/node', root));
  const way = here
    ? `run npx ${name}, or put node_modules/.bin first in PATH`
    : `get it from nodejs.org, or run: npx -y -p node@${NODE_MAJOR_MIN} -c "${name} --help"`;
  return `Node ${NODE_MAJOR_MIN} or newer is needed, this is ${process.version} (${way})`;
}

/** @param {string} name */
function moduleOf(name) {
  const compiled = new URL(`${name}.js`, import.meta.url);
  if (existsSync(compiled)) return compiled;
  const source = new URL(`${name}.ts`, import.meta.url);
  if (!existsSync(source)) return new URL(`dist/mockup/cli/${name}.js`, root);
  const build = freshBuild();
  return build ? new URL(`mockup/cli/${name}.js`, build) : source;
}

/** The newest build, where all that it was made of is unchanged; some 5 ms for 850 files. */
function freshBuild() {
  try {
    const { id, files } = JSON.parse(readFileSync(new URL('current.json', builds), 'utf8'));
    const directory = fileURLToPath(root);
    for (const [path, stamp] of files) if (stampOf(directory + path) !== stamp) return undefined;
    return new URL(`${id}/`, builds);
  } catch {
    return undefined;
  }
}

/**
 * Changes with each write to a file, each replacement, each copy: the time of the last change of the inode
 * can't be set back.
 *
 * @param {string} file
 */
export function stampOf(file) {
  const { size, mtimeMs, ctimeMs } = statSync(file);
  return `${size} ${mtimeMs} ${ctimeMs}`;
}
