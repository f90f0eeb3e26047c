// A plugin in ten lines: writes the names of files into a list.

import { appendFile } from 'node:fs/promises';

export const version = '1.0';

export async function ingest({ relpath, filename, checksum }, { settings }) {
  if (!filename.endsWith('.fits')) throw new Error(`${filename} is no FITS image`);
  await appendFile(settings.list, `${checksum.slice(0, 16)}  ${relpath}/${filename}\n`);
}
