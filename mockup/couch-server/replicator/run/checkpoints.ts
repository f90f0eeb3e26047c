import type { JsonObject } from '../../json-object.ts';
import type { ReplicationPeer, Sequence } from '../peers/peer.ts';

// Both ends keep a `_local/<replication id>` document that says how far each session came. Only a
// session that both know counts: an end that was restored or made anew then starts early enough.

export type SessionRecord = JsonObject & { session_id: string; recorded_seq: Sequence };

export type CheckpointLog = JsonObject & {
  session_id: string;
  source_last_seq: Sequence;
  history: SessionRecord[];
};

export type CommonCheckpoint = { seq: Sequence; history: SessionRecord[] };

/** Sessions kept in each log; the oldest go. */
export const historyLimit = 50;

/** The logs' newest common session, or the beginning. */
export function commonCheckpoint(source: unknown, target: unknown): CommonCheckpoint {
  if (!isLog(source) || !isLog(target)) return { seq: 0, history: [] };
  if (source.session_id === target.session_id) {
    return { seq: source.source_last_seq, history: source.history };
  }
  const known = new Map(target.history.map((entry) => [entry.session_id, entry]));
  for (const entry of source.history) {
    if (known.has(entry.session_id)) return { seq: entry.recorded_seq, history: source.history };
  }
  return { seq: 0, history: [] };
}

/** A log whose newest session is `current`; an earlier record of the same session is replaced. */
export function nextLog(current: SessionRecord, history: readonly SessionRecord[]): CheckpointLog {
  const earlier = history.filter((entry) => entry.session_id !== current.session_id);
  return {
    session_id: current.session_id,
    source_last_seq: current.recorded_seq,
    replication_id_version: 4,
    history: [current, ...earlier].slice(0, historyLimit),
  };
}

export async function readCheckpoint(
  id: string,
  source: ReplicationPeer,
  target: ReplicationPeer,
): Promise<CommonCheckpoint> {
  const [here, there] = await Promise.all([source.getLocal(id), target.getLocal(id)]);
  return commonCheckpoint(here, there);
}

function isLog(value: unknown): value is CheckpointLog {
  if (typeof value !== 'object' || value === null) return false;
  const log = value as Partial<CheckpointLog>;
  return (
    typeof log.session_id === 'string' &&
    isSequence(log.source_last_seq) &&
    Array.isArray(log.history) &&
    log.history.every((entry) => isSequence(entry?.recorded_seq))
  );
}

function isSequence(value: unknown): value is Sequence {
  return typeof value === 'string' || typeof value === 'number';
}
