// What becomes of a weblog in a cache: it is expanded under `weblogs/`, and archived at JAO.

import { databaseNames } from '../../core/databases.ts';
import { InvalidInputError } from '../../core/errors.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { joinPath, pathInside } from '../../platform/files/paths.ts';
import { readZip } from '../../platform/files/zip.ts';
import { createNgasArchive } from '../../platform/ngas/ngas-archive.ts';

export const WEBLOGS_DIRECTORY = 'weblogs';

/**
 * Safe to repeat. Throws InvalidInputError where the zip is not one, or has anything outside of the
 * one folder of its own name.
 */
export async function keepWeblog(
  ports: ActorPorts,
  localCache: string,
  zipName: string,
  signal: AbortSignal,
): Promise<void> {
  const zip = await ports.files.read(pathInside(localCache, zipName));
  const folder = zipName.replace(/\.zip$/, '');
  await expand(ports, joinPath(localCache, WEBLOGS_DIRECTORY), folder, zip, signal);
  if (ports.site !== 'JAO') return;
  const archive = createNgasArchive(ports.databases.open(databaseNames.ngas), ports.clock);
  await archive.store(zipName, zip);
}

/** Safe to repeat. */
export async function removeWeblog(
  ports: ActorPorts,
  localCache: string,
  zipName: string,
): Promise<void> {
  const folder = zipName.replace(/\.zip$/, '');
  await ports.files.remove(pathInside(joinPath(localCache, WEBLOGS_DIRECTORY), folder));
  if (ports.site !== 'JAO') return;
  const archive = createNgasArchive(ports.databases.open(databaseNames.ngas), ports.clock);
  await archive.withdraw(zipName);
}

/** The folder appears whole, so one that is there is complete. */
async function expand(
  ports: ActorPorts,
  weblogs: string,
  folder: string,
  zip: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const target = pathInside(weblogs, folder);
  if (await ports.files.stat(target)) return;
  const entries = readZip(zip);
  const temporary = pathInside(weblogs, `.expanding-${folder}`);
  // What an earlier attempt left may be of another zip.
  await ports.files.remove(temporary);
  try {
    for (const { name, content } of entries) {
      if (!name.startsWith(`${folder}/`)) {
        throw new InvalidInputError(`the weblog has an entry outside of its folder: ${name}`);
      }
      signal.throwIfAborted();
      await ports.files.write(pathInside(temporary, name.slice(folder.length + 1)), content);
    }
    if (entries.length === 0) throw new InvalidInputError('the weblog is empty');
    await ports.files.rename(temporary, target);
  } finally {
    await ports.files.remove(temporary);
  }
}
