import { describe, expect, it } from 'vitest';
import { DatabaseUnavailableError } from '../../../mockup/platform/couch/database.ts';
import { LineReader } from '../../../mockup/platform/couch/feeds/line-reader.ts';
import { parseCouchUrl } from '../../../mockup/platform/couch/reaching/couch-address.ts';
import { couchError } from '../../../mockup/platform/couch/reaching/couch-errors.ts';
import { OutageRetry } from '../../../mockup/platform/couch/reaching/outage-retry.ts';
import type { Logger } from '../../../mockup/platform/log/logger.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';

function setUp(giveUpAfter_ms?: number) {
  const clock = createVirtualClock();
  const said: string[] = [];
  const note = (_: object, message: string) => void said.push(message);
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
  const random = createSeededRandom('outage');
  const outages = new OutageRetry({ clock, random, log, address: 'http://db', giveUpAfter_ms });
  return { clock, said, outages };
}

describe('retry during an outage', () => {
  it('waits until the server is back, and says so once each', async () => {
    const { clock, said, outages } = setUp();
    const call = async (attempt: number) => {
      if (attempt < 20) throw new DatabaseUnavailableError('refused');
      return attempt;
    };
    expect(await clock.complete(outages.run(call))).toBe(20);
    expect(said).toEqual(['database does not answer; waiting', 'database is back']);
  });

  it('gives up after its limit where it has one, and at once on a refusal', async () => {
    const { clock, outages } = setUp(1_000);
    const away = outages.run(async () => {
      throw new DatabaseUnavailableError('refused');
    });
    await expect(clock.complete(away)).rejects.toThrow('refused');
    expect(clock.monotonic()).toBeGreaterThanOrEqual(1_000);
    const refused = outages.run(async () => {
      const refused = { statusCode: 401, reason: 'Name or password is incorrect.' };
      throw couchError(refused, 'get', 'http://localhost:5984');
    });
    await expect(clock.complete(refused)).rejects.toMatchObject({
      code: 'database_refused',
      hint: expect.stringContaining('COUCHDB_URL'),
    });
  });
});

describe('CouchDB addresses', () => {
  it('takes credentials apart from the address', () => {
    const { url, headers } = parseCouchUrl('http://jao:p%40ss@jao-host:5984/');
    expect(url).toBe('http://jao-host:5984');
    const login = Buffer.from('jao:p@ss').toString('base64');
    expect(headers).toEqual({ Authorization: `Basic ${login}` });
  });

  it('refuses what is no such address without repeating it', () => {
    for (const text of ['jao-host:5984', 'ftp://user:secret@host', '']) {
      expect(() => parseCouchUrl(text)).toThrow('not the URL of a CouchDB server');
    }
  });
});

describe('lines of a feed', () => {
  it('come whole, whatever way the bytes are cut', () => {
    const bytes = new TextEncoder().encode('{"a":"é"}\n\n{"b":1}\n{"c"');
    const reader = new LineReader();
    const lines = [...bytes].flatMap((byte) => reader.push(Uint8Array.of(byte)));
    expect(lines).toEqual(['{"a":"é"}', '{"b":1}']);
  });
});
