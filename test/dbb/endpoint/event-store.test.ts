// The results of attempts, where somebody else writes to the document at the same moment.

import { expect, it } from 'vitest';
import {
  claimedDocument,
  type IngestDocument,
  ingestEvent,
} from '../../../mockup/core/dbb/ingest-events.ts';
import { EventStore } from '../../../mockup/dbb/endpoint/ingester/event-store.ts';
import { Trial } from '../../../mockup/dbb/endpoint/ingester/trial.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { Database, Lookup, WriteResult } from '../../../mockup/platform/couch/database.ts';

/** On one server an exclusive write is a write. */
const databases = (one: Database) => {
  const exclusive = { ...one.exclusive, writeMany: one.bulk };
  const events = { ...one, exclusive } as Database;
  return { events, files: events };
};

it('writes a result in the end, whoever edits the document meanwhile', async () => {
  const id = 'file:a';
  let stored = { ...claimedDocument(id, undefined, 'me', 0), _rev: '1-x' };
  const claimed = { id, file: {} as never, document: stored, before: 'UNTRIED' as const };
  let edits = 3;
  const edit = (): void => {
    const rev = Number.parseInt(stored._rev, 10) + 1;
    stored = { ...stored, note: `edit ${edits--}`, _rev: `${rev}-x` } as typeof stored;
  };
  const events = {
    async getMany(): Promise<Lookup<IngestDocument>[]> {
      return [{ doc: stored }];
    },
    async bulk(docs: (IngestDocument & { _rev: string })[]): Promise<WriteResult[]> {
      if (edits > 0) edit();
      return docs.map((doc): WriteResult => {
        if (doc._rev !== stored._rev) return { id, ok: false, error: 'conflict' };
        stored = { ...doc, _rev: `${Number.parseInt(doc._rev, 10) + 1}-x` };
        return { id, ok: true, rev: stored._rev };
      });
    },
  } as unknown as Database;
  const clock = createSystemClock();
  const store = new EventStore({ ...databases(events), clock, instance: 'me' });
  await store.record([{ claimed, event: ingestEvent('SUCCESS', 1) }]);
  expect(stored).toMatchObject({ status: 'SUCCESS', note: 'edit 1' });
});

it('gives back the results that the database did not take', async () => {
  const [good, bad] = ['file:a', 'file:b'].map((id) => ({
    claimed: {
      ...{ id, file: {} as never, before: 'UNTRIED' as const },
      document: { ...claimedDocument(id, undefined, 'me', 0), _rev: '1-x' },
    },
    event: ingestEvent('SUCCESS', 1),
  }));
  const events = {
    async bulk(docs: IngestDocument[]): Promise<WriteResult[]> {
      return docs.map(({ _id: id }) =>
        id === 'file:a'
          ? { id, ok: true, rev: '2-x' }
          : { id, ok: false, error: 'internal_server_error', reason: '' },
      );
    },
  } as unknown as Database;
  const store = new EventStore({
    ...databases(events),
    clock: createSystemClock(),
    instance: 'me',
  });
  if (!good || !bad) throw new Error('two outcomes');
  expect(await store.record([good, bad])).toEqual([bad]);
});

it('begins no file that another process has taken over', async () => {
  const [ours, theirs] = ['file:a', 'file:b'].map((id) => ({
    ...{ id, file: { relpath: '', filename: id } as never, before: 'UNTRIED' as const },
    document: { ...claimedDocument(id, undefined, 'me', 0), _rev: '1-x' },
  }));
  if (!ours || !theirs) throw new Error('two files');
  const stored = [ours.document, claimedDocument(theirs.id, undefined, 'another', 1)];
  const events = {
    leaves: async (ids: string[]) =>
      stored.filter(({ _id }) => ids.includes(_id)).map((doc) => [{ doc, deleted: false }]),
  } as unknown as Database;
  const clock = createSystemClock();
  const store = new EventStore({ events, files: events, clock, instance: 'me' });
  const begun: number[] = [];
  const stopping = new AbortController();
  const trial = new Trial({
    ...{ clock, settings: { storage: '/s' }, signal: stopping.signal, onOutcome() {} },
    outage: { isHopeless: false },
    lane: {
      async run(files: object[]) {
        begun.push(files.length);
        stopping.abort();
      },
    },
    lostOf: (files: never) => store.lostOf(files),
  } as never);
  expect((await trial.run([ours, theirs])).left).toEqual([ours]);
  expect(begun).toEqual([1]);
});
