import { describe, expect, it } from 'vitest';
import {
  commonCheckpoint,
  historyLimit,
  nextLog,
  type SessionRecord,
} from '../../mockup/couch-server/replicator/run/checkpoints.ts';

const session = (id: string, seq: string): SessionRecord => ({
  session_id: id,
  recorded_seq: seq,
});

/** A log as runs with these sessions leave it, the oldest first. */
const logOf = (...sessions: [string, string][]) => {
  let history: SessionRecord[] = [];
  for (const [id, seq] of sessions) ({ history } = nextLog(session(id, seq), history));
  return nextLog(history[0]!, history);
};

describe('commonCheckpoint', () => {
  it('is the beginning where an end knows nothing', () => {
    expect(commonCheckpoint(undefined, logOf(['a', '5']))).toEqual({ seq: 0, history: [] });
    expect(commonCheckpoint(logOf(['a', '5']), undefined)).toEqual({ seq: 0, history: [] });
  });

  it('is the last place of the session that both ended with', () => {
    const log = logOf(['a', '5'], ['b', '9']);
    expect(commonCheckpoint(log, log).seq).toBe('9');
  });

  it('goes back to the newest session that both know', () => {
    const source = logOf(['a', '5'], ['b', '9'], ['c', '12']);
    const target = logOf(['a', '5'], ['b', '9'], ['d', '14']);
    expect(commonCheckpoint(source, target).seq).toBe('9');
    expect(commonCheckpoint(target, source).seq).toBe('9');
  });

  it('is the beginning where they have no session in common', () => {
    expect(commonCheckpoint(logOf(['a', '5']), logOf(['b', '6'])).seq).toBe(0);
  });

  it('is the beginning where a log is not one', () => {
    const log = logOf(['a', '5']);
    for (const other of [null, 7, {}, { ...log, history: 'x' }, { ...log, source_last_seq: {} }]) {
      expect(commonCheckpoint(log, other).seq).toBe(0);
    }
    expect(commonCheckpoint({ ...log, history: [null] }, log).seq).toBe(0);
  });
});

describe('nextLog', () => {
  it('replaces the record of the same session and keeps the newest first', () => {
    const log = logOf(['a', '5'], ['b', '7'], ['b', '9']);
    expect(log.history.map((entry) => entry.recorded_seq)).toEqual(['9', '5']);
    expect(log).toMatchObject({ session_id: 'b', source_last_seq: '9' });
  });

  it('keeps a limited number of sessions', () => {
    const many = Array.from({ length: 60 }, (_, n): [string, string] => [`s${n}`, `${n}`]);
    expect(logOf(...many).history).toHaveLength(historyLimit);
    expect(logOf(...many).history[0]).toMatchObject({ session_id: 's59' });
  });
});
