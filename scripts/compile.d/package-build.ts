// The build that is published: compiled programs and the dashboard's page in dist/, with the licenses of
// the packages that are compiled into it.

import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addProgramFiles } from './build-files.ts';
import { bundle } from './bundle.ts';

export async function compilePackage(url: URL): Promise<void> {
  const root = fileURLToPath(url);
  const directory = join(root, 'dist');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  const { packages } = await bundle(root, directory);
  await addProgramFiles(root, directory);
  await cp(join(root, 'dashboard/web/dist'), join(directory, 'dashboard/web/dist'), {
    recursive: true,
  });
  const licenses = await Promise.all(packages.map(licenseOf));
  await writeFile(join(directory, 'LICENSES.txt'), licenses.join(`\n${'-'.repeat(72)}\n\n`));
}

async function licenseOf(directory: string): Promise<string> {
  const { name, version, license } = JSON.parse(
    await readFile(join(directory, 'package.json'), 'utf8'),
  );
  const files = (await readdir(directory)).filter((file) => /^(licen[cs]e|copying)/i.test(file));
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')));
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}
