import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  extendLine,
  historyOf,
  leavesOf,
  parseRevision,
} from '../../mockup/couch-server/store/documents/rev-tree.ts';
import { SqliteDatabase } from '../../mockup/couch-server/store/sqlite-database.ts';
import './seed.ts';

// Whatever the order in which revisions arrive, every server must end with the same winner and the
// same conflicts; that is all that replication rests on.

const open = (): SqliteDatabase =>
  new SqliteDatabase({ name: 'x', path: ':memory:', maxDocumentSize: 1e6, now: 0 });

type Revision = {
  readonly _id: string;
  readonly _rev: string;
  readonly _deleted?: true;
  readonly _revisions: { readonly start: number; readonly ids: readonly string[] };
  readonly v: string;
};

/** Random trees: each revision hangs under an earlier one, or is a root. */
const tree = fc
  .array(fc.record({ parent: fc.nat(), root: fc.nat({ max: 9 }), deleted: fc.nat({ max: 4 }) }), {
    minLength: 1,
    maxLength: 14,
  })
  .map((nodes) => {
    const revisions: Revision[] = [];
    for (const [n, { parent, root, deleted }] of nodes.entries()) {
      const above = root === 0 ? undefined : revisions[parent % Math.max(1, revisions.length)];
      const ids = [`h${n}`, ...(above?._revisions.ids ?? [])];
      const mark = deleted === 0 ? { _deleted: true as const } : {};
      const start = ids.length;
      revisions.push({
        _id: 'd',
        _rev: `${start}-h${n}`,
        ...mark,
        _revisions: { start, ids },
        v: `${n}`,
      });
    }
    return revisions;
  });

describe('revision trees', () => {
  it('come out the same in every order of arrival', async () => {
    const order = fc.tuple(tree, fc.infiniteStream(fc.nat())).map(([revisions, numbers]) => {
      const keys = new Map(revisions.map((one) => [one, numbers.next().value as number]));
      const shuffled = revisions.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
      return [revisions, shuffled] as const;
    });
    await fc.assert(
      fc.asyncProperty(order, async ([straight, shuffled]) => {
        const [one, two] = [open(), open()];
        for (const revision of straight) await one.write([revision], { newEdits: false });
        for (const revision of shuffled) await two.write([revision], { newEdits: false });
        const leaves = (database: SqliteDatabase): unknown =>
          database.openRevs('d', 'all').map((leaf) => leaf);
        const left = one.reader.row('d');
        const right = two.reader.row('d');
        expect(right?.rev).toBe(left?.rev);
        expect(leavesOf(right as never)).toEqual(leavesOf(left as never));
        expect(leaves(two)).toEqual(leaves(one));
        one.close();
        two.close();
      }),
      { numRuns: 150 },
    );
  });

  it('keep every leaf readable, and tell what is missing', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (revisions) => {
        const database = open();
        await database.write(revisions, { newEdits: false });
        const named = revisions.map(({ _rev }) => _rev);
        expect(database.revsDiff({ d: [...named, '99-zz'] })).toMatchObject({
          d: { missing: ['99-zz'] },
        });
        for (const leaf of leavesOf(database.reader.row('d') as never)) {
          const { v } = database.get('d', { rev: leaf.rev });
          expect(v).toBe(revisions.find(({ _rev }) => _rev === leaf.rev)?.v);
        }
        await database.compact();
        expect(database.openRevs('d', 'all').every((one) => 'ok' in one)).toBe(true);
        database.close();
      }),
      { numRuns: 100 },
    );
  });

  it('are cut to the limit', () => {
    let line = '';
    for (let n = 0; n < 30; n++) line = extendLine([`a${n}`], line, 10);
    const history = { rev: '31-w', deleted: 0, tree: line };
    expect(historyOf(history, '31-w')).toHaveLength(10);
    expect(historyOf(history, '22-a21')).toEqual(['a21']);
    expect(historyOf(history, '21-a20')).toBeUndefined();
  });

  it('refuse what is no revision', () => {
    for (const bad of [
      '',
      'abc',
      '1',
      `1-${'z'.repeat(32)}`,
      '-a',
      '1-a,b',
      '1-a"b',
      '1-a\nb',
      'x-1',
      5,
      null,
    ]) {
      expect(() => parseRevision(bad)).toThrow('Invalid rev format');
    }
    expect(parseRevision('12-ab-c')).toEqual({ generation: 12, hash: 'ab-c' });
  });

  it('lose a purged leaf with all that led to it only', async () => {
    const database = open();
    const revision = (rev: string, ids: string[]) => ({
      ...{ _id: 'd', _rev: rev, v: rev },
      _revisions: { start: ids.length, ids },
    });
    const docs = [revision('3-c', ['c', 'b', 'a']), revision('2-x', ['x', 'a'])];
    await database.write(docs, { newEdits: false });
    expect(await database.purge({ d: ['3-c', '1-a'], no: ['1-z'] })).toEqual({
      purged: { d: ['3-c'], no: [] },
    });
    expect(database.get('d', { conflicts: true })).toEqual({ _id: 'd', _rev: '2-x', v: '2-x' });
    await database.purge({ d: ['2-x'] });
    expect(database.info()).toMatchObject({ docCount: 0, docDelCount: 0 });
    expect(database.changes().results).toEqual([]);
    await database.write([{ _id: 'e' }]);
    expect(database.changes().results).toHaveLength(1);
    database.close();
  });
});
