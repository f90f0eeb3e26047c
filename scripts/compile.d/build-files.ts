// What a build needs beside the compiled modules.

import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const PROGRAMS = ['draws', 'hdfmgr', 'endmgr', 'prompt-proto'];

/** The programs' own launchers, which start children, and the version. */
export async function addProgramFiles(root: string, directory: string): Promise<void> {
  const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const described = { name, version, type: 'module' };
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(described)}\n`);
  for (const program of ['launch', ...PROGRAMS]) {
    const file = `mockup/cli/${program}.mjs`;
    await copyFile(join(root, file), join(directory, file));
  }
}
