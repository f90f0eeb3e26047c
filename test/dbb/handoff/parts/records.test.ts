// Records: life cycle, identity, two accounts of one file, and the recorder that writes them behind
// the back of those who move files.

import { describe, expect, it } from 'vitest';
import {
  fileStates,
  isFinalState,
  mayFollow,
} from '../../../../mockup/core/dbb/file-life-cycle.ts';
import {
  advanceRecord,
  type FileRecord,
  fileRecordId,
  fileRecordRange,
  newFileRecord,
} from '../../../../mockup/core/dbb/file-record.ts';
import { mergeFileRecords } from '../../../../mockup/core/dbb/merge-records.ts';
import { Recorder } from '../../../../mockup/dbb/records/recorder.ts';
import { createSystemClock } from '../../../../mockup/platform/clock/system-clock.ts';
import {
  type Database,
  DatabaseUnavailableError,
} from '../../../../mockup/platform/couch/database.ts';
import { silentLogger } from '../../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../../mockup/platform/random/system-random.ts';
import { createCouchServerForTest } from './couch.ts';

const version = { path: 'd/a', size_bytes: 3, mtime_ms: 1000, ctime_ms: 1, ino: 7 };
const record = (): FileRecord => newFileRecord(version, 'host:/b', 1000);

describe('a file record', () => {
  it('has an id by name and version, within the range of its path', () => {
    const id = fileRecordId(version);
    expect(fileRecordId({ ...version, ctime_ms: 99 })).toBe(id);
    expect(fileRecordId({ ...version, size_bytes: 4 })).not.toBe(id);
    const { startKey, endKey } = fileRecordRange('d/a');
    expect(startKey <= id && id <= endKey).toBe(true);
    expect(fileRecordId({ ...version, path: 'd/ab' }) <= endKey).toBe(false);
  });

  it('goes its way to held, and no way back', () => {
    let one = record();
    for (const state of ['transferring', 'transferred', 'held'] as const) {
      one = advanceRecord(one, state, { at_ms: 2000 });
      expect(one.state).toBe(state);
    }
    expect(advanceRecord(one, 'failed', { at_ms: 3000 })).toBe(one);
    expect(one.history.map(({ state }) => state)).toEqual([
      'discovered',
      'transferring',
      'transferred',
      'held',
    ]);
    expect(fileStates.filter(isFinalState)).toEqual(['held', 'superseded']);
    expect(mayFollow('transferred', 'discovered')).toBe(false);
  });

  it('is merged with what an earlier run wrote', () => {
    const failed = advanceRecord(record(), 'failed', {
      at_ms: 1500,
      reason: 'x',
      fields: { attempts: 2 },
    });
    const again = newFileRecord(version, 'host:/b', 5000);
    const merged = mergeFileRecords(failed, again);
    expect(merged.attempts).toBe(2);
    expect(merged.history.map(({ state }) => state)).toEqual([
      'discovered',
      'failed',
      'discovered',
    ]);
    const held = { ...record(), state: 'held' as const };
    expect(mergeFileRecords(held, again)).toBe(held);
    const kept = { ...held, held_on: '2026-01-01T00:00:00.000', held_as: 'x', removed_on: 'y' };
    const superseded = { ...record(), state: 'superseded' as const };
    expect(mergeFileRecords(kept, superseded)).toMatchObject({
      ...{ state: 'superseded', held_on: kept.held_on, held_as: 'x', removed_on: 'y' },
    });
  });
});

describe('the recorder', () => {
  async function withRecorder(
    work: (recorder: Recorder<FileRecord>, database: Database) => Promise<void>,
    change: (database: Database) => Database = (database) => database,
  ): Promise<void> {
    const { server, close } = await createCouchServerForTest();
    const database = server.open('files');
    const recorder = new Recorder<FileRecord>({
      database: change(database),
      prepare: async () => void (await server.create('files')),
      clock: createSystemClock(),
      random: createSystemRandom(),
      log: silentLogger,
      merge: mergeFileRecords,
      isOpen: ({ state }) => !isFinalState(state),
    });
    try {
      await work(recorder, database);
    } finally {
      await recorder.stop();
      await close();
    }
  }

  it('writes the last of what was put, and calls all who wait for it', async () => {
    await withRecorder(async (recorder, database) => {
      let calls = 0;
      const one = record();
      recorder.put(
        one._id,
        () => one,
        () => calls++,
      );
      recorder.put(
        one._id,
        () => advanceRecord(one, 'failed', { at_ms: 2 }),
        () => calls++,
      );
      await recorder.flush(10_000);
      expect(calls).toBe(2);
      expect((await database.get<FileRecord>(one._id))?.state).toBe('failed');
      const held = advanceRecord(one, 'transferred', { at_ms: 3 });
      recorder.put(one._id, () => held);
      await recorder.flush(10_000);
      expect((await database.get<FileRecord>(one._id))?._rev).toMatch(/^2-/);
    });
  });

  it('calls whoever waits for a record when that one is there, not the one before', async () => {
    let writes = 0;
    let meanwhile = (): void => {};
    const counting = (database: Database): Database =>
      new Proxy(database, {
        get(target, name) {
          if (name !== 'bulk') return Reflect.get(target, name);
          return async (docs: FileRecord[]) => {
            meanwhile();
            const results = await target.bulk(docs);
            writes++;
            return results;
          };
        },
      });
    await withRecorder(async (recorder, database) => {
      const one = record();
      const held = advanceRecord(one, 'transferred', { at_ms: 2 });
      const calls: [string, number][] = [];
      let unwritten: boolean | undefined;
      meanwhile = () => {
        meanwhile = () => {};
        // The first record is on its way: this one goes with the next write.
        unwritten = recorder.isUnwritten(one._id);
        recorder.put(
          one._id,
          () => held,
          () => calls.push(['second', writes]),
        );
      };
      recorder.put(
        one._id,
        () => one,
        () => calls.push(['first', writes]),
      );
      await recorder.flush(10_000);
      expect(calls).toEqual([
        ['first', 1],
        ['second', 2],
      ]);
      expect(unwritten).toBe(false);
      expect((await database.get<FileRecord>(one._id))?.state).toBe('transferred');
    }, counting);
  });

  it('merges with what is there already', async () => {
    await withRecorder(async (recorder, database) => {
      recorder.put('x', () => ({ ...record(), _id: 'x' }));
      await recorder.flush(10_000);
      const there = await database.get<FileRecord>('x');
      await database.put({ ...(there as FileRecord), attempts: 7 });
      recorder.put('x', () => ({ ...record(), _id: 'x' }));
      await recorder.flush(10_000);
      expect((await database.get<FileRecord>('x'))?.attempts).toBe(7);
    });
  });

  it('tries again what failed in the server, and keeps waiting for what is refused', async () => {
    const answers = ['internal_server_error', 'forbidden'];
    const failing = (database: Database): Database =>
      new Proxy(database, {
        get(target, name) {
          if (name !== 'bulk') return Reflect.get(target, name);
          return async (docs: FileRecord[]) => {
            const error = answers.shift();
            if (error === undefined) return target.bulk(docs);
            return docs.map(({ _id }) => ({ id: _id, ok: false, error, reason: 'why' }));
          };
        },
      });
    await withRecorder(async (recorder, database) => {
      let calls = 0;
      const put = () => {
        const one = record();
        recorder.put(
          one._id,
          () => one,
          () => calls++,
        );
      };
      put();
      await recorder.flush(20_000);
      expect([answers.length, calls]).toEqual([0, 0]);
      expect(recorder.error).toContain('why');
      put();
      await recorder.flush(20_000);
      expect([calls, recorder.error]).toEqual([1, undefined]);
      expect(await database.get(record()._id)).toBeDefined();
    }, failing);
  });

  it('goes on where it was when the server comes back', async () => {
    let away = true;
    const flaky = (database: Database): Database =>
      new Proxy(database, {
        get(target, name) {
          if (name !== 'bulk') return Reflect.get(target, name);
          return async (docs: FileRecord[]) => {
            if (!away) return target.bulk(docs);
            away = false;
            throw new DatabaseUnavailableError('away');
          };
        },
      });
    await withRecorder(async (recorder, database) => {
      const one = record();
      recorder.put(one._id, () => one);
      await recorder.flush(10_000);
      expect(recorder.error).toBeUndefined();
      expect(await database.get(one._id)).toBeDefined();
    }, flaky);
  });
});
