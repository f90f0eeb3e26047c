// The storage area as a whole: what is said of a file that is not there.

import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { StorageArea } from '../../../mockup/dbb/storage/storage-area.ts';
import { createStorageWork } from '../../../mockup/dbb/storage/storage-work-threads.ts';

it.skipIf(!existsSync('/dev/shm'))('is itself again where it is mounted again', async () => {
  const [here, there] = [tmpdir(), '/dev/shm'].map((root) => mkdtempSync(join(root, 'area-')));
  const root = join(here ?? '', 'root');
  const work = createStorageWork();
  try {
    symlinkSync(here ?? '', root);
    writeFileSync(join(here ?? '', 'a'), 'a');
    const area = new StorageArea(work, root);
    expect(await area.look(['a', 'lost'])).toMatchObject({ trouble: undefined });
    rmSync(root);
    symlinkSync(there ?? '', root);
    writeFileSync(join(there ?? '', 'other'), '');
    expect((await area.look(['lost'])).trouble).toContain('another file system');
    writeFileSync(join(there ?? '', 'a'), 'a');
    expect(await area.look(['lost'])).toEqual({ files: [null], trouble: undefined });
  } finally {
    await work.close();
    for (const path of [here, there]) rmSync(path ?? '', { recursive: true, force: true });
  }
});
