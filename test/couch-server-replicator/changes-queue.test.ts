import { describe, expect, it } from 'vitest';
import { lineSplitter } from '../../mockup/couch-server/replicator/peers/http-changes.ts';
import { ChangesQueue } from '../../mockup/couch-server/replicator/run/changes-queue.ts';

const group = (...seqs: number[]) => ({
  rows: seqs.map((seq) => ({ seq, id: `d${seq}`, revs: ['1-a'] })),
  lastSeq: seqs.at(-1)!,
});

describe('ChangesQueue', () => {
  it('gives what gathered meanwhile as one batch, up to the limit', async () => {
    const queue = new ChangesQueue(100);
    for (const seq of [1, 2, 3, 4, 5]) await queue.push(group(seq));
    expect((await queue.take(3))?.lastSeq).toBe(3);
    expect((await queue.take(3))?.rows.map((row) => row.seq)).toEqual([4, 5]);
  });

  it('gives a group larger than the limit whole', async () => {
    const queue = new ChangesQueue(100);
    await queue.push(group(1, 2, 3));
    expect((await queue.take(2))?.rows).toHaveLength(3);
  });

  it('wakes a waiting reader', async () => {
    const queue = new ChangesQueue(100);
    const taken = queue.take(10);
    void queue.push(group(1));
    expect((await taken)?.lastSeq).toBe(1);
  });

  it('holds the writer back while it is full', async () => {
    const queue = new ChangesQueue(2);
    let pushed = false;
    const push = queue.push(group(1, 2)).then(() => {
      pushed = true;
    });
    await Promise.resolve();
    expect(pushed).toBe(false);
    await queue.take(10);
    await push;
    expect(pushed).toBe(true);
  });

  it('gives the rest after the end, and the error after a failure', async () => {
    const queue = new ChangesQueue(10);
    void queue.push(group(1));
    queue.end();
    expect((await queue.take(10))?.lastSeq).toBe(1);
    expect(await queue.take(10)).toBeUndefined();
    const failing = new ChangesQueue(10);
    const taken = failing.take(10);
    failing.fail(new Error('feed broke'));
    await expect(taken).rejects.toThrow('feed broke');
  });
});

describe('lineSplitter', () => {
  it('joins lines across chunks, also inside a character, and drops heartbeats', () => {
    const bytes = Buffer.from('\n{"id":"é"}\n\n{"id":"b"}\n{"id"');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const split = lineSplitter();
      const lines = [...split(bytes.subarray(0, cut)), ...split(bytes.subarray(cut))];
      expect(lines).toEqual(['{"id":"é"}', '{"id":"b"}']);
    }
  });
});
