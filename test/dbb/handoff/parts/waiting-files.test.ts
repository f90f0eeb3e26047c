// The queue: order, delays, what is in flight, and what appears under its name meanwhile.

import { describe, expect, it } from 'vitest';
import {
  type WaitingFile,
  WaitingFiles,
} from '../../../../mockup/dbb/handoff/queue/waiting-files.ts';

const file = (path: string, size_bytes = 10, ino = 1): WaitingFile => ({
  version: { path, size_bytes, mtime_ms: 1, ctime_ms: 1, ino },
  discovered_ms: 0,
  attempts: 0,
});
const limits = (files: number, bytes = 1e9, cost_max = 1e9) => ({
  files,
  bytes,
  cost_max,
  cost: (path: string) => path.length,
});
const paths = (files: WaitingFile[]) => files.map(({ version }) => version.path);

describe('waiting files', () => {
  it('are taken first come, first served, within all limits, sorted by directory', () => {
    const waiting = new WaitingFiles();
    for (const path of ['b/1', 'a/1', 'b/2', 'c/1']) waiting.add(file(path));
    expect(paths(waiting.take(limits(3)))).toEqual(['a/1', 'b/1', 'b/2']);
    expect([waiting.count, waiting.bytes, waiting.inFlight]).toEqual([1, 10, 3]);
    for (const path of ['d/1', 'e/1']) waiting.add(file(path));
    expect(paths(waiting.take(limits(9, 25)))).toEqual(['c/1', 'd/1']);
    waiting.add(file('f/22222'));
    expect(paths(waiting.take(limits(9, 1e9, 5)))).toEqual(['e/1']);
    // One that is over the limits alone goes alone.
    expect(paths(waiting.take(limits(9, 5, 5)))).toEqual(['f/22222']);
  });

  it('wait apart while they are delayed', () => {
    const waiting = new WaitingFiles();
    waiting.add(file('a'), 100);
    waiting.add(file('b'));
    expect(waiting.promote(50)).toBe(100);
    expect(paths(waiting.take(limits(9)))).toEqual(['b']);
    expect(waiting.promote(100)).toBeUndefined();
    expect(paths(waiting.take(limits(9)))).toEqual(['a']);
  });

  it('are replaced by a newer version of the same name', () => {
    const waiting = new WaitingFiles();
    waiting.add(file('a', 10));
    expect(waiting.add(file('a', 20, 2))?.version.size_bytes).toBe(10);
    expect([waiting.count, waiting.bytes]).toEqual([1, 20]);
    expect(waiting.remove('a')?.version.ino).toBe(2);
    expect([waiting.count, waiting.bytes]).toEqual([0, 0]);
  });

  it('tell at release what appeared under the name, unless it is the same content', () => {
    const waiting = new WaitingFiles();
    waiting.add(file('a'));
    const [taken] = waiting.take(limits(1));
    if (!taken) throw new Error('none');
    waiting.add({ ...taken, version: { ...taken.version, ctime_ms: 2 } });
    expect(waiting.release(taken)).toBeUndefined();
    waiting.adopt(taken);
    waiting.add(file('a', 30, 3));
    expect(waiting.count).toBe(0);
    expect(waiting.release(taken)?.version.ino).toBe(3);
    expect(waiting.inFlight).toBe(0);
  });

  it('go in smaller batches when they are marked so', () => {
    const waiting = new WaitingFiles();
    for (const path of ['a', 'b', 'c']) waiting.add({ ...file(path), batch_max: 2 });
    expect(waiting.take(limits(9))).toHaveLength(2);
  });
});
