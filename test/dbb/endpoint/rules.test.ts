// Rules of the endpoint manager that need neither disk nor database.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EndpointFile } from '../../../mockup/core/dbb/endpoint-file.ts';
import {
  claimedDocument,
  finishedDocument,
  firstDocument,
  ingestEvent,
  isIngestDocument,
  returnedDocument,
} from '../../../mockup/core/dbb/ingest-events.ts';
import { identityOf } from '../../../mockup/dbb/endpoint/finder/identity.ts';
import { UnsettledFiles } from '../../../mockup/dbb/endpoint/finder/waiting-files.ts';
import { ClaimWindow } from '../../../mockup/dbb/endpoint/ingester/claiming/claim-window.ts';
import type { ClaimedFile } from '../../../mockup/dbb/endpoint/ingester/event-store.ts';
import { outcomeOf } from '../../../mockup/dbb/endpoint/ingester/outcome.ts';
import { invalidity } from '../../../mockup/dbb/endpoint/ingester/screening.ts';
import {
  isPassing,
  rootCauseIn,
  rootCauseOf,
} from '../../../mockup/dbb/endpoint/plugins/root-cause.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';

const version = { path: 'd/a.fits', size_bytes: 5, mtime_ms: 1000, ctime_ms: 1000, ino: 7 };
const file = { version, checksum: 'c'.repeat(128) };
const record = (more: Partial<EndpointFile>) => ({
  ...{ _id: 'file:d/a.fits', _rev: '1-x', type: 'endpoint-file' as const },
  ...{ relpath: 'd', filename: 'a.fits', checksum: file.checksum, size_bytes: 5 },
  ...{ added_on: '', origin: 'other', action: 'Move' as const, ...more },
});
const mark = (path: string) => ({ _id: 'x', _rev: '1-x', path });

describe('what a found file is', () => {
  it.each([
    ['new', {}],
    ['ours', { record: record({ origin: 'm88-5-7'.replace('m88', (1_000_000).toString(36)) }) }],
    ['tracked', { record: record({}) }],
    ['name_taken', { record: record({ checksum: 'other' }) }],
    ['new', { mark: mark('d/a.fits') }],
    ['tracked', { mark: mark('e/a.fits'), marked: record({ relpath: 'e' }) }],
    ['content_known', { mark: mark('d/b.fits'), marked: record({ filename: 'b.fits' }) }],
    ['claimed', { mark: mark('d/b.fits') }],
    ['claimed', { mark: mark('d/b.fits'), marked: record({ checksum: 'other' }) }],
  ])('%s (%#)', (kind, known) => {
    const nothing = { record: undefined, mark: undefined, marked: undefined };
    expect(identityOf(file, { ...nothing, ...known }).kind).toBe(kind);
  });

  it('is new for each empty file, whatever its name', () => {
    const empty = { ...file, version: { ...version, size_bytes: 0 } };
    const known = { record: undefined, mark: mark('z'), marked: record({ filename: 'z' }) };
    expect(identityOf(empty, known).kind).toBe('new');
  });
});

describe('a file that was written a moment ago', () => {
  it('is waited for once, in its newest version', async () => {
    const waiting = new UnsettledFiles(createSystemClock());
    waiting.add({ path: 'a', version, attempts: 0 }, 60_000);
    waiting.add({ path: 'a', version: { ...version, ino: 8 }, attempts: 0 }, 0);
    waiting.add({ path: 'b', version, attempts: 0 }, 0);
    expect(waiting.count).toBe(2);
    const taken = await waiting.take({ files: 10, bytes: 5 });
    expect(taken.map((one) => one.version?.ino)).toEqual([8]);
    waiting.stop();
    expect(await waiting.take({ files: 10, bytes: 5 })).toEqual([]);
  });
});

describe('the document of a file', () => {
  it('keeps its whole history, and its status is that of the newest event', () => {
    const status = fc.constantFrom('claim', 'SUCCESS', 'FAILURE', 'UNKNOWN', 'RERUN', 'return');
    fc.assert(
      fc.property(fc.array(status, { maxLength: 40 }), (steps) => {
        let document = firstDocument('file:a', 'UNTRIED', 0);
        for (const step of steps) {
          const before = document.events;
          if (step === 'claim') document = claimedDocument('file:a', document, 'me', 1);
          else if (step === 'return') document = returnedDocument(document, 'UNTRIED', 1);
          else document = finishedDocument(document, ingestEvent(step as 'SUCCESS', 1));
          expect(document.events.slice(0, before.length)).toEqual(before);
          expect(document.events.at(-1)?.status).toBe(document.status);
          expect(document.claim !== undefined).toBe(document.status === 'PENDING');
        }
        expect(isIngestDocument(document)).toBe(true);
      }),
    );
  });

  it('notes what a person set by hand', () => {
    const edited = { ...firstDocument('file:a', 'IGNORED', 0), status: 'RERUN' as const };
    const { events } = claimedDocument('file:a', edited, 'me', 5);
    expect(events.map(({ status }) => status)).toEqual(['UNTRIED', 'IGNORED', 'RERUN', 'PENDING']);
  });
});

describe('what a result means', () => {
  const settings = { retry: { transient: [1, 10], timeout: [], permanent: [] } };
  const claimed = (...statuses: ('FAILURE' | 'RERUN')[]): ClaimedFile => {
    let document = firstDocument('file:a', 'UNTRIED', 0);
    for (const status of statuses) document = finishedDocument(document, ingestEvent(status, 0));
    const pending = { ...claimedDocument('file:a', document, 'me', 0), _rev: '1-x' };
    return { id: 'file:a', file: record({}), document: pending, before: 'UNTRIED' };
  };
  const result = (passing: boolean, how?: 'timeout' | 'crash') => ({
    ...{ start_ms: 0, duration_s: 1, version: '1', failure: { message: 'why', passing } },
    ...(how && { how }),
  });

  it.each([
    ['a first passing failure', claimed(), result(true), '1970-01-01T00:00:01.000'],
    ['a second one', claimed('FAILURE'), result(true), '1970-01-01T00:00:10.000'],
    ['a third one', claimed('FAILURE', 'FAILURE'), result(true), undefined],
    [
      'the first after a rerun',
      claimed('FAILURE', 'FAILURE', 'RERUN'),
      result(true),
      '1970-01-01T00:00:01.000',
    ],
    ['a lasting failure', claimed(), result(false), undefined],
    ['one that took too long', claimed(), result(false, 'timeout'), undefined],
  ])('%s', (_what, file_, outcome, retry_on) => {
    const { event, retry_on: given } = outcomeOf(file_, outcome, settings, 0);
    expect(event).toMatchObject({ status: 'FAILURE', err_message: 'why', duration: 1 });
    expect(given).toBe(retry_on);
  });

  it('leaves in doubt what a crash interrupted', () => {
    const { event } = outcomeOf(claimed(), result(false, 'crash'), settings, 0);
    expect(event.status).toBe('UNKNOWN');
  });
});

describe('files that are not tried', () => {
  it.each([
    [null, 'no such file in the storage area'],
    [0, 'the file is empty'],
    [4, 'the file has 4 bytes, not the 5 on record'],
    [5, undefined],
  ])('%s bytes: %s', (size, reason) => {
    expect(invalidity(record({}), size)).toBe(reason);
  });
});

describe('claims ahead of a plugin', () => {
  it('grow while it starves, shrink while files wait, and stay in their limits', () => {
    const window = new ClaimWindow(10);
    expect(window.isAhead).toBe(false);
    for (let step = 0; step < 20; step++) window.taken(1, true);
    expect(window.size).toBe(2000);
    for (let step = 0; step < 20; step++) window.taken(1000, false);
    expect(window.size).toBe(10);
  });
});

describe('root causes', () => {
  it('are the innermost of a chain, and the first of chained tracebacks', () => {
    const error = new Error('outer', { cause: new Error('middle', { cause: new Error('root') }) });
    expect(rootCauseOf(error)).toBe('root');
    const output = [
      'Traceback (most recent call last):',
      'OSError: the root',
      '',
      'The above exception was the direct cause of the following exception:',
      '',
      'RuntimeError: the wrapping',
    ].join('\n');
    expect(rootCauseIn(output)).toBe('OSError: the root');
    expect(rootCauseIn('one line\n')).toBe('one line');
    expect(rootCauseIn('  \n')).toBeUndefined();
  });

  it('tell what may pass by itself', () => {
    expect(isPassing(Object.assign(new Error(''), { retriable: true }))).toBe(true);
    const refused = Object.assign(new Error(''), { code: 'ECONNREFUSED' });
    expect(isPassing(new Error('fetch failed', { cause: refused }))).toBe(true);
    expect(isPassing(new Error('no'))).toBe(false);
    expect(isPassing('text')).toBe(false);
  });
});
