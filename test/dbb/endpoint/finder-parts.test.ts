// Parts of the finder that need neither disk nor database: what waits for whom, and what is on record
// about files that were set aside, also where things happen at the same moment.

import { describe, expect, it } from 'vitest';
import type { Aside } from '../../../mockup/core/dbb/aside-record.ts';
import { createAction } from '../../../mockup/dbb/endpoint/finder/actions.ts';
import { Asides } from '../../../mockup/dbb/endpoint/finder/asides.ts';
import { IntakeLoop } from '../../../mockup/dbb/endpoint/finder/intake-loop.ts';
import { startLogSearch } from '../../../mockup/dbb/endpoint/finder/log-search.ts';
import { UnsettledFiles } from '../../../mockup/dbb/endpoint/finder/waiting-files.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { Database, Writable, WriteResult } from '../../../mockup/platform/couch/database.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { until } from './endpoint-site.ts';

const clock = createSystemClock();
const version = { path: 'a', size_bytes: 5, mtime_ms: 0, ctime_ms: 0, ino: 7 };

/** As much of a database as the records of asides need. */
class FewDocuments {
  readonly ids = new Set<string>();
  fails = false;
  /** What happens while a write is under way. */
  meanwhile = (): void => {};

  async bulk(docs: readonly Writable[]): Promise<WriteResult[]> {
    await Promise.resolve();
    this.meanwhile();
    this.meanwhile = () => {};
    if (this.fails) throw new Error('forbidden');
    return docs.map(({ _id, _deleted }) => {
      if (_deleted) this.ids.delete(_id);
      else this.ids.add(_id);
      return { id: _id, ok: true, rev: '1-x' };
    });
  }

  async getMany(): Promise<[]> {
    return [];
  }
}

const asidesIn = (files: FewDocuments): Asides =>
  new Asides({ files: files as unknown as Database, clock, log: silentLogger, root: '/b' });

const aside: Aside = { version, reason: 'odd', message: 'a link' };

describe('the record of a file that was set aside', () => {
  it('goes when the file goes, also while it is just being written', async () => {
    const files = new FewDocuments();
    const asides = asidesIn(files);
    asides.set(aside);
    files.meanwhile = () => asides.clear('a');
    await asides.flush();
    await asides.flush();
    expect([...files.ids]).toEqual([]);
  });

  it('is written later where it could not be written at once', async () => {
    const files = new FewDocuments();
    const asides = asidesIn(files);
    asides.set(aside);
    files.fails = true;
    await expect(asides.flush()).rejects.toThrow('forbidden');
    files.fails = false;
    await asides.flush();
    expect([...files.ids]).toEqual(['aside:/b/a']);
  });
});

describe('a file of the buffer', () => {
  it('that is gone before it is read is not set aside as missing', async () => {
    const files = new FewDocuments();
    const asides = asidesIn(files);
    const waiting = new UnsettledFiles(clock);
    const changed = [{ changed: true }, { code: 'ENOENT' }];
    let looks = 0;
    const loop = new IntakeLoop({
      ...{ clock, log: silentLogger, location: '/b', waiting, asides },
      work: { identify: async () => [changed[looks++]] } as never,
      intake: { knownOf: async () => new Set(), take: async () => [] } as never,
      ...{ settle_ms: 0, onTaken: () => {}, onTrouble: () => {} },
    });
    const running = loop.run();
    waiting.add({ path: 'a', version, attempts: 0 }, 0);
    await until('it was looked at twice', () => looks === 2);
    await until('it is no longer in flight', () => !loop.isInHand('a'));
    loop.stop();
    await running;
    expect([...files.ids]).toEqual([]);
  });
});

describe('a move whose file stays in the buffer', () => {
  it('is not over, so that it is tried again', async () => {
    const look = async (_root: string, paths: string[]) => paths.map(() => version);
    const work = { look, remove: async () => ['removed', 'failed'] } as never;
    const { complete } = createAction('Move', work, { location: '/b', storage: '/s' });
    const files = ['a', 'b'].map((path) => ({ version: { ...version, path }, checksum: 'c' }));
    await expect(complete(files)).rejects.toThrow("b can't be removed from /b");
  });
});

describe('logs of rsync', () => {
  it('that name the same file both learn of its end', async () => {
    const waiting = new UnsettledFiles(clock);
    const ends: string[] = [];
    const file = { path: 'a', version: undefined, attempts: 0 };
    waiting.add({ ...file, onEnd: () => ends.push('one') }, 0);
    waiting.add({ ...file, onEnd: () => ends.push('two') }, 0);
    const [taken] = await waiting.take({ files: 1, bytes: 1 });
    taken?.onEnd?.();
    expect(ends).toEqual(['one', 'two']);
  });

  it('do not wait for a file that can not be read, once that is on record', async () => {
    const files = new FewDocuments();
    const asides = asidesIn(files);
    const waiting = new UnsettledFiles(clock);
    const options = {
      ...{ clock, log: silentLogger, waiting, asides, location: '/buffer', settle_ms: 0 },
      ...{ onTaken: () => {}, onTrouble: () => {} },
      intake: { knownOf: async () => new Set(), take: async () => [] },
      work: { identify: async () => [{ code: 'EACCES' }] },
    };
    const loop = new IntakeLoop(options as unknown as ConstructorParameters<typeof IntakeLoop>[0]);
    const running = loop.run();
    let onRecord: string[] | undefined;
    const onEnd = (): void => {
      onRecord = [...files.ids];
    };
    waiting.add({ path: 'a', version, attempts: 0, onEnd }, 0);
    expect(await until('the log learns of it', () => onRecord)).toHaveLength(1);
    expect(waiting.count).toBe(1);
    loop.stop();
    await running;
  });

  it('that grow while their files are in flight are read again, and marked after that', () => {
    const search = { past_days: 0, future_days: 0, date: null, delay: 0, exclude_list: null };
    const settings = { source: '/logs', storage: '/s', pause: 0.005, search };
    let mtime_ms = 1;
    const marked: number[] = [];
    const ends: (() => void)[] = [];
    return new Promise<void>((resolve) => {
      const logs = {
        unread: () => [{ path: '/logs/20201231/rsync.log', mtime_ms }],
        newFiles: () => ['a'],
        markRead: (log: { mtime_ms: number }) => void marked.push(log.mtime_ms),
      };
      const found = startLogSearch(
        { settings: settings as never, clock, log: silentLogger, logs },
        {
          onFound(named) {
            for (const { onEnd } of named) if (onEnd) ends.push(onEnd);
            mtime_ms = 2;
            if (ends.length < 2) return;
            for (const end of ends) end();
            expect(marked).toEqual([2]);
            void found.stop().then(resolve);
          },
          ...{ onGone: () => {}, onOdd: () => {}, onRound: () => {}, onError: () => {} },
        },
      );
    });
  });

  it('that can not be marked are read once, and the search goes on', async () => {
    let reads = 0;
    let rounds = 0;
    const search = { past_days: 1, future_days: 1, date: null, delay: 0, exclude_list: null };
    const settings = { source: '/logs', storage: '/s', pause: 0.005, search };
    const log = { path: '/logs/20201231/rsync.log', mtime_ms: 1 };
    const logs = {
      unread: () => [log],
      newFiles: () => ['a'],
      markRead: () => {
        throw new Error('EROFS: read-only file system');
      },
    };
    const found = startLogSearch(
      { settings: settings as never, clock, log: silentLogger, logs },
      {
        onFound(files) {
          reads++;
          for (const { onEnd } of files) onEnd?.();
        },
        onGone: () => {},
        onOdd: () => {},
        onRound: () => void rounds++,
        onError: (error) => {
          throw error;
        },
      },
    );
    await until('some rounds are over', () => rounds >= 3);
    await found.stop();
    expect(reads).toBe(1);
  });
});
