// Following the changes: order, places to start from, filters, and never a gap.

import { describe, expect, test } from 'vitest';
import type {
  Change,
  Database,
  Document,
  Feed,
  FollowOptions,
} from '../../../mockup/platform/couch/database.ts';
import type { Subject } from './database-contract.ts';

interface Follower {
  changes: Change[];
  feed: Feed;
  /** Resolves when `condition` holds of the changes so far. */
  until(condition: (changes: Change[]) => boolean): Promise<void>;
}

function followerOf(database: Database, options: Omit<FollowOptions, 'onChanges'>): Follower {
  const changes: Change[] = [];
  let look = (): void => {};
  const feed = database.follow({
    ...options,
    onChanges: (more) => {
      changes.push(...more);
      look();
    },
  });
  const until: Follower['until'] = (condition) =>
    new Promise((resolve) => {
      look = () => {
        if (condition(changes)) resolve();
      };
      look();
    });
  return { changes, feed, until };
}

const idsOf = (changes: Change[]): string[] => changes.map(({ id }) => id);

export function changesContract(subject: Subject): void {
  const write = (_id: string, fields: object = {}): Promise<string> =>
    subject.database.put({ _id, ...fields } as Document);

  describe('changes', () => {
    test('since 0: every document once, at its latest write, in order', async () => {
      const rev = await write('a', { n: 1 });
      await write('b', { n: 1 });
      const latest = await write('a', { _rev: rev, n: 2 });
      const { changes, feed, until } = followerOf(subject.database, {
        since: '0',
        includeDocs: true,
      });
      await until(({ length }) => length >= 2);
      await feed.stop();
      expect(idsOf(changes)).toEqual(['b', 'a']);
      const doc = { _id: 'a', _rev: latest, n: 2 };
      expect(changes[1]).toMatchObject({ deleted: false, rev: latest, doc });
    });

    test('go on as documents are written and deleted', async () => {
      const { changes, feed, until } = followerOf(subject.database, {
        since: '0',
        includeDocs: true,
      });
      const rev = await write('a');
      await until(({ length }) => length === 1);
      const deleted = await subject.database.put({ _id: 'a', _rev: rev, _deleted: true });
      await until(({ length }) => length === 2);
      await feed.stop();
      expect(changes[1]).toMatchObject({ id: 'a', deleted: true, rev: deleted });
      expect(changes[1]?.doc).toMatchObject({ _id: 'a', _rev: deleted });
    });

    test('since a sequence: what came after it, and info names the last one', async () => {
      await write('a');
      const { updateSeq } = await subject.database.info();
      await write('b');
      const first = followerOf(subject.database, { since: updateSeq });
      await first.until(({ length }) => length === 1);
      await write('c');
      await first.until(({ length }) => length === 2);
      await first.feed.stop();
      expect(idsOf(first.changes)).toEqual(['b', 'c']);
      const second = followerOf(subject.database, { since: first.changes[0]?.seq ?? '' });
      await second.until(({ length }) => length === 1);
      await second.feed.stop();
      expect(idsOf(second.changes)).toEqual(['c']);
    });

    test('since now: nothing that was there before', async () => {
      await write('before');
      const { changes, feed, until } = followerOf(subject.database, { since: 'now' });
      // When the feed begins is its own affair: one of these writes is the first that it sees.
      let last = 0;
      while (changes.length === 0) {
        await write(`after-${++last}`);
        await subject.database.info();
      }
      await write('last');
      await until((all) => idsOf(all).includes('last'));
      await feed.stop();
      expect(idsOf(changes)).not.toContain('before');
      const numbers = idsOf(changes)
        .slice(0, -1)
        .map((id) => Number(id.slice('after-'.length)));
      expect(numbers).toEqual(numbers.map((_, place) => (numbers[0] as number) + place));
      expect(numbers.at(-1)).toBe(last);
    });

    test('of documents that match a selector', async () => {
      const selector = { state: 'open', $or: [{ kind: 'x' }, { kind: { $regex: '^y' } }] };
      const { changes, feed, until } = followerOf(subject.database, {
        since: '0',
        selector,
        includeDocs: true,
      });
      const rev = await write('a', { state: 'open', kind: 'x' });
      await write('b', { state: 'open', kind: 'z' });
      await until(({ length }) => length === 1);
      await write('a', { _rev: rev, state: 'done', kind: 'x' });
      await write('c', { state: 'open', kind: 'yes' });
      await until(({ length }) => length === 2);
      await feed.stop();
      expect(idsOf(changes)).toEqual(['a', 'c']);
      expect(changes[1]?.doc).toMatchObject({ kind: 'yes' });
    });

    test('of documents with given ids', async () => {
      await write('a');
      await write('b');
      const { changes, feed, until } = followerOf(subject.database, {
        since: '0',
        ids: ['b', 'c'],
      });
      await until(({ length }) => length === 1);
      await write('d');
      await write('c');
      await until(({ length }) => length === 2);
      await feed.stop();
      expect(idsOf(changes)).toEqual(['b', 'c']);
    });

    test('come again only when the last call is done with', async () => {
      let running = 0;
      let most = 0;
      const seen: string[] = [];
      let enough = (): void => {};
      const all = new Promise<void>((resolve) => {
        enough = resolve;
      });
      const feed = subject.database.follow({
        since: '0',
        async onChanges(changes) {
          most = Math.max(most, ++running);
          await subject.database.info();
          seen.push(...idsOf(changes));
          running--;
          if (seen.includes('last')) enough();
        },
      });
      for (let n = 0; n < 10; n++) await write(`d${n}`);
      await write('last');
      await all;
      await feed.stop();
      expect(most).toBe(1);
      expect(seen).toEqual([...Array.from({ length: 10 }, (_, n) => `d${n}`), 'last']);
    });

    test('miss nothing while many write at once', async () => {
      const { database } = subject;
      const { changes, feed, until } = followerOf(database, { since: '0', includeDocs: true });
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        let latest: string | undefined;
        for (let n = 0; n < 25; n++) {
          await write(`w${writer}-${n}`);
          latest = await write(`own-${writer}`, latest ? { _rev: latest, n } : { n });
        }
      });
      await Promise.all(writers);
      await write('last');
      await until((all) => idsOf(all).includes('last'));
      await feed.stop();
      const documents = (await database.allDocs()).map(({ _id, _rev }) => [_id, _rev] as const);
      expect(documents).toHaveLength(209);
      const latest = new Map(changes.map(({ id, rev }) => [id, rev]));
      expect([...latest].sort()).toEqual([...documents].sort());
      const sequences = changes.map(({ seq }) => seq);
      expect(new Set(sequences).size).toBe(sequences.length);
    });

    test('stop: no call comes afterwards', async () => {
      const stopped = followerOf(subject.database, { since: '0' });
      await write('a');
      await stopped.until(({ length }) => length === 1);
      await stopped.feed.stop();
      const other = followerOf(subject.database, { since: '0' });
      await write('b');
      await other.until(({ length }) => length === 2);
      await other.feed.stop();
      await other.feed.stop();
      expect(idsOf(stopped.changes)).toEqual(['a']);
    });
  });
}
