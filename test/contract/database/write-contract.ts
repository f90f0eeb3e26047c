// Reading and writing documents: compare-and-set, tombstones, many at a time.

import { describe, expect, test } from 'vitest';
import {
  ConflictError,
  DatabaseRefusedError,
  type Document,
} from '../../../mockup/platform/couch/database.ts';
import {
  createDocument,
  updateDocument,
} from '../../../mockup/platform/couch/documents/update-document.ts';
import type { Subject } from './database-contract.ts';

interface Counter {
  _id: string;
  _rev?: string;
  count: number;
}

export function writeContract(subject: Subject): void {
  describe('documents', () => {
    test('are read as they were written, with their revision', async () => {
      const { database } = subject;
      const fields = { text: 'größer ≥ 1 "x"', list: [1, null, { a: true }], nothing: null };
      const rev = await database.put({ _id: 'uid___A_1/2 b+c', ...fields });
      expect(rev).toMatch(/^1-/);
      const expected = { _id: 'uid___A_1/2 b+c', _rev: rev, ...fields };
      expect(await database.get('uid___A_1/2 b+c')).toEqual(expected);
      expect(await database.get('another')).toBeUndefined();
    });

    test('belong to the caller: changing one changes nothing that is stored', async () => {
      const { database } = subject;
      const written = { _id: 'a', list: [1] };
      await database.put(written);
      written.list.push(2);
      (await database.get<typeof written>('a'))?.list.push(3);
      expect(await database.get('a')).toMatchObject({ list: [1] });
    });

    test('are replaced only by a write that names the current revision', async () => {
      const { database } = subject;
      const first = await database.put({ _id: 'a', count: 1 });
      const second = await database.put({ _id: 'a', _rev: first, count: 2 });
      expect(second).toMatch(/^2-/);
      await expect(database.put({ _id: 'a', _rev: first, count: 3 })).rejects.toThrow(
        ConflictError,
      );
      await expect(database.put({ _id: 'a', count: 3 })).rejects.toThrow(ConflictError);
      expect(await database.get('a')).toEqual({ _id: 'a', _rev: second, count: 2 });
    });

    test('once deleted are gone, and a write without revision makes them anew', async () => {
      const { database } = subject;
      const first = await database.put({ _id: 'a', count: 1 });
      const deleted: Document & { _deleted: true } = { _id: 'a', _rev: first, _deleted: true };
      const tombstone = await database.put(deleted);
      expect(tombstone).toMatch(/^2-/);
      expect(await database.get('a')).toBeUndefined();
      await expect(database.put({ _id: 'a', _rev: first, count: 2 })).rejects.toThrow(
        ConflictError,
      );
      await expect(database.put({ _id: 'a', _rev: tombstone, count: 2 })).rejects.toThrow(
        ConflictError,
      );
      expect(await database.put({ _id: 'a', count: 3 })).toMatch(/^3-/);
      expect(await database.get('a')).toMatchObject({ count: 3 });
    });

    test('that many change at once lose no change', async () => {
      const { database } = subject;
      const increment = () =>
        updateDocument<Counter>(database, 'counter', (current) => ({
          ...(current ?? { _id: 'counter' }),
          count: (current?.count ?? 0) + 1,
        }));
      await Promise.all(Array.from({ length: 12 }, increment));
      expect(await database.get('counter')).toMatchObject({ count: 12 });
    });

    test('that many make at once are made by one', async () => {
      const { database } = subject;
      const makers = Array.from({ length: 8 }, (_, maker) =>
        createDocument(database, { _id: 'a', maker } as Document),
      );
      expect((await Promise.all(makers)).filter(Boolean)).toHaveLength(1);
    });

    test('with fields that are CouchDB’s own are refused', async () => {
      const write = subject.database.put({ _id: 'a', _secret: 1 } as Document);
      await expect(write).rejects.toBeInstanceOf(DatabaseRefusedError);
      await expect(subject.database.put({ _id: '_a' })).rejects.toMatchObject({ status: 400 });
    });
  });

  describe('many documents', () => {
    test('each write has its own result, in the order of the request', async () => {
      const { database } = subject;
      const rev = await database.put({ _id: 'b', count: 1 });
      const results = await database.bulk([
        { _id: 'c', count: 1 } as Document,
        { _id: 'b', count: 2 } as Document,
        { _id: 'a', count: 1 } as Document,
        { _id: 'b', _rev: rev, count: 3 } as Document,
      ]);
      expect(results).toMatchObject([
        { id: 'c', ok: true },
        { id: 'b', ok: false, error: 'conflict' },
        { id: 'a', ok: true },
        { id: 'b', ok: true },
      ]);
      const written = results[3];
      expect(await database.get('b')).toMatchObject({
        count: 3,
        _rev: written?.ok ? written.rev : 'none',
      });
      expect(await database.bulk([])).toEqual([]);
    });

    test('exclusive writes of many at once have one winner each', async () => {
      const { database } = subject;
      const rev = await database.put({ _id: 'old', by: -1 } as Document);
      const docs = (by: number): Document[] => [
        { _id: 'old', _rev: rev, by },
        ...Array.from({ length: 20 }, (_, n) => ({ _id: `new${n}`, by })),
      ];
      const rivals = [0, 1, 2].map((by) => database.exclusive.writeMany(docs(by)));
      const results = await Promise.all(rivals);
      for (const [index, { _id: id }] of docs(0).entries()) {
        const won = results.findIndex((all) => all[index]?.ok);
        expect(results.filter((all) => all[index]?.ok)).toHaveLength(1);
        expect(await database.get(id)).toMatchObject({ by: won });
        const lost = results.find((all) => !all[index]?.ok)?.[index];
        expect(lost).toMatchObject({ id, ok: false, error: 'conflict' });
      }
      expect(await database.exclusive.writeMany([])).toEqual([]);
    });

    test('a lookup says of each id whether it is there, deleted or was never', async () => {
      const { database } = subject;
      const rev = await database.put({ _id: 'a', count: 1 });
      const gone = await database.put({ _id: 'b' });
      await database.put({ _id: 'b', _rev: gone, _deleted: true });
      expect(await database.getMany(['b', 'a', 'c', 'a'])).toEqual([
        { deleted: true },
        { doc: { _id: 'a', _rev: rev, count: 1 } },
        { missing: true },
        { doc: { _id: 'a', _rev: rev, count: 1 } },
      ]);
      expect(await database.getMany([])).toEqual([]);
    });

    test('all documents come in byte order, between two keys, up to a limit', async () => {
      const { database } = subject;
      const ids = ['a', 'B', 'b', 'ä', 'a-1', 'a_1', 'c'];
      await database.bulk(ids.map((_id) => ({ _id })));
      const gone = await database.put({ _id: 'aa' });
      await database.put({ _id: 'aa', _rev: gone, _deleted: true });
      const listed = async (options?: Parameters<typeof database.allDocs>[0]) =>
        (await database.allDocs(options)).map(({ _id }) => _id);
      expect(await listed()).toEqual(['B', 'a', 'a-1', 'a_1', 'b', 'c', 'ä']);
      expect(await listed({ startKey: 'a', endKey: 'b' })).toEqual(['a', 'a-1', 'a_1', 'b']);
      expect(await listed({ startKey: 'a-', limit: 2 })).toEqual(['a-1', 'a_1']);
      expect((await database.info()).docCount).toBe(7);
    });

    test('more than one page of them comes whole', async () => {
      const { database } = subject;
      const docs = Array.from({ length: 1300 }, (_, n) => ({
        _id: `d${String(n).padStart(5, '0')}`,
        even: n % 2 === 0,
      }));
      await database.bulk(docs);
      expect(await database.allDocs()).toHaveLength(1300);
      expect(await database.find({ selector: { even: true } })).toHaveLength(650);
      expect(await database.find({ selector: { even: true }, limit: 300 })).toHaveLength(300);
    });
  });
}
