// The build that the launchers of a checkout use. Each build is a directory of its own, because running
// processes still load modules of theirs; `current.json` says which is the newest, and of what it was made.

import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stampOf } from '../../mockup/cli/launch.mjs';
import { addProgramFiles } from './build-files.ts';
import { type Bundle, bundle } from './bundle.ts';

/** So many builds stay for processes that run from them, and those of a day. */
const KEPT = 4;
const KEPT_MS = 24 * 3600 * 1000;

/** What a build is made of beside its sources: npm touches the second with every change of a package. */
const INGREDIENTS = [
  'package.json',
  'node_modules/.package-lock.json',
  'mockup/cli/launch.mjs',
  'mockup/cli/draws.mjs',
  'mockup/cli/hdfmgr.mjs',
  'mockup/cli/endmgr.mjs',
  'mockup/cli/prompt-proto.mjs',
];

export async function compileCheckout(url: URL): Promise<void> {
  const root = fileURLToPath(url);
  const builds = join(root, 'node_modules/.cache/draws-mockup');
  if (await isFresh(root, builds)) return;
  console.log('compiling the programs…');
  await mkdir(builds, { recursive: true });
  const ingredients = INGREDIENTS.map((path): [string, string] => [
    path,
    stampOf(join(root, path)),
  ]);
  const directory = await mkdtemp(join(builds, 'build-'));
  const { files } = await bundle(root, directory);
  await addProgramFiles(root, directory);
  await mkdir(join(directory, 'dashboard/web'), { recursive: true });
  await symlink(join(root, 'dashboard/web/dist'), join(directory, 'dashboard/web/dist'));
  const id = directory.slice(builds.length + 1);
  const made = { id, files: [...ingredients, ...files] };
  await writeFile(join(directory, 'made.json'), JSON.stringify(made));
  await rename(join(directory, 'made.json'), join(builds, 'current.json'));
  await removeOld(builds, id);
}

async function isFresh(root: string, builds: string): Promise<boolean> {
  try {
    const text = await readFile(join(builds, 'current.json'), 'utf8');
    const { files } = JSON.parse(text) as Pick<Bundle, 'files'>;
    return files.every(([path, stamp]) => stampOf(join(root, path)) === stamp);
  } catch {
    return false;
  }
}

async function removeOld(builds: string, current: string): Promise<void> {
  const names = (await readdir(builds)).filter((name) => name.startsWith('build-'));
  const made = await Promise.all(
    names.map(async (name) => ({ name, at_ms: (await stat(join(builds, name))).mtimeMs })),
  );
  const old = made.toSorted((a, b) => b.at_ms - a.at_ms).slice(KEPT);
  for (const { name, at_ms } of old) {
    if (name === current || Date.now() - at_ms < KEPT_MS) continue;
    await rm(join(builds, name), { recursive: true, force: true });
  }
}
