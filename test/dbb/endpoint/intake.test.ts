// The last copy of a file, where two finders want it at the same moment, and where the storage area
// no longer has what is on record.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { IdentifiedFile } from '../../../mockup/core/dbb/endpoint-file.ts';
import { createAction } from '../../../mockup/dbb/endpoint/finder/actions.ts';
import { Intake } from '../../../mockup/dbb/endpoint/finder/intake.ts';
import { createStorageWork } from '../../../mockup/dbb/storage/storage-work-threads.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { Database, DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import { createCouchServerForTest } from '../handoff/parts/couch.ts';

const clock = createSystemClock();
const work = createStorageWork();
let couch: { server: DatabaseServer; close(): Promise<void> };
let directory: string;
let location: string;
let storage: string;

beforeEach(async () => {
  couch = await createCouchServerForTest();
  for (const name of ['files', 'contents']) await couch.server.create(name);
  directory = mkdtempSync(join(tmpdir(), 'intake-'));
  location = join(directory, 'buffer');
  storage = join(directory, 'storage');
  for (const path of [location, storage]) mkdirSync(path);
});

afterEach(async () => {
  await couch.close();
  rmSync(directory, { recursive: true, force: true });
});

function intakeOf(files: Database): Intake {
  const places = { location, storage };
  return new Intake({
    ...{ files, contents: couch.server.open('contents'), clock, work, ...places },
    standard: createAction('Move', work, places),
    alternative: createAction('Delete', work, places),
  });
}

async function arrive(path: string, content: string): Promise<IdentifiedFile[]> {
  mkdirSync(join(location, path, '..'), { recursive: true });
  writeFileSync(join(location, path), content);
  const [found] = await work.identify(location, [path]);
  if (!found || !('checksum' in found)) throw new Error('not identified');
  return [found];
}

/** What happens just before the records of this database are written. */
function before(files: Database, meanwhile: () => Promise<unknown>): Database {
  return new Proxy(files, {
    get(target, name) {
      if (name !== 'bulk') return Reflect.get(target, name).bind?.(target);
      return async (docs: Parameters<Database['bulk']>[0]) => {
        await meanwhile();
        return target.bulk(docs);
      };
    },
  });
}

it('stays in the storage area where another finder of the same buffer has recorded it', async () => {
  const files = couch.server.open('files');
  const found = await arrive('a.fits', 'precious');
  let stayed = (): void => {};
  const placed = new Promise<void>((resolve) => {
    stayed = resolve;
  });
  let left = (): void => {};
  const recorded = new Promise<void>((resolve) => {
    left = resolve;
  });
  // One links the file first and writes its record last; the other has not removed the first name.
  const slow = intakeOf(
    before(files, () => {
      stayed();
      return recorded;
    }),
  ).take(found);
  await placed;
  const undone = slow.then((ends) => ends);
  const results = await intakeOf(
    new Proxy(files, {
      get(target, name) {
        if (name !== 'bulk') return Reflect.get(target, name).bind?.(target);
        return async (docs: Parameters<Database['bulk']>[0]) => {
          const written = await target.bulk(docs);
          left();
          await undone;
          return written;
        };
      },
    }),
  ).take(found);
  expect(results).toEqual([{ end: 'recorded' }]);
  expect(await undone).toMatchObject([{ end: 'again' }]);
  expect(readFileSync(join(storage, 'a.fits'), 'utf8')).toBe('precious');
  expect(readdirSync(location)).toEqual([]);
});

it('stays in the buffer where the storage area has other content by now', async () => {
  const intake = intakeOf(couch.server.open('files'));
  expect(await intake.take(await arrive('a.fits', 'precious'))).toEqual([{ end: 'recorded' }]);
  writeFileSync(join(storage, 'a.fits'), 'PRECIOUS');
  const again = await arrive('sub/a.fits', 'precious');
  expect(await intake.take(again)).toMatchObject([{ end: 'aside', aside: { reason: 'lost' } }]);
  expect(readFileSync(join(location, 'sub/a.fits'), 'utf8')).toBe('precious');
  writeFileSync(join(storage, 'a.fits'), 'precious');
  expect(await intake.take(again)).toEqual([{ end: 'tracked' }]);
  expect(readdirSync(join(location, 'sub'))).toEqual([]);
});
