// Which of two revisions of a document counts. The rules are those of docs/CONFLICTS.md: JAO's word
// in what JAO alone writes; the furthest one of a message, because its effect has happened; the
// latest of a heartbeat. Pure: both sites come to the same decision.

import { isDeepStrictEqual } from 'node:util';
import { workflowDatabases } from '../../core/databases.ts';
import type { Conflict, ConflictLeaf } from './find-conflicts.ts';

interface Decision {
  /** The leaf that stays. */
  keep: string;
  /** What the document becomes; undefined: it stays as that leaf has it. */
  merged?: Record<string, unknown>;
  /** By which rule, in words. */
  because: string;
}

/** Undefined: a person has to decide, and `why` says what is known. */
export type Judgement = Decision | { keep: undefined; why: string };

/** `jaoRevisions`: the leaves that JAO has; undefined where JAO could not be asked. */
export function judge(conflict: Conflict, jaoRevisions: readonly string[] | undefined): Judgement {
  const { database, leaves } = conflict;
  const [first] = leaves as [ConflictLeaf];
  const contents = leaves.map(contentOf);
  if (contents.every((content) => isDeepStrictEqual(content, contents[0]))) {
    return { keep: smallest(leaves), because: 'all revisions say the same' };
  }
  if (database === 'msgq') return judgeMessage(leaves);
  if (database === 'actors') {
    return { keep: latest(leaves, 'timestamp'), because: 'the latest heartbeat counts' };
  }
  const definition = workflowDatabases.find(({ name }) => name === database);
  if (definition?.replication !== 'to-arc' || jaoRevisions === undefined) {
    return { keep: undefined, why: "JAO's revision counts, and JAO can't be asked" };
  }
  const theirs = leaves.filter(({ _rev }) => jaoRevisions.includes(_rev));
  if (theirs.length === 1) {
    return { keep: (theirs[0] ?? first)._rev, because: 'JAO alone writes this database' };
  }
  const why =
    theirs.length === 0
      ? 'JAO has none of these revisions (yet): is its replication running?'
      : 'JAO itself has several: two servers write as JAO';
  return { keep: undefined, why };
}

function judgeMessage(leaves: readonly ConflictLeaf[]): Judgement {
  if (leaves.every(({ members }) => Array.isArray(members))) {
    const members = [...new Set(leaves.flatMap((leaf) => leaf.members as string[]))].sort();
    return { keep: smallest(leaves), merged: { members }, because: 'a group has all its members' };
  }
  const furthest = Math.max(...leaves.map(progress));
  const reached = leaves.filter((leaf) => progress(leaf) === furthest);
  const because =
    furthest === DONE ? 'it was handled, and must not be again' : 'the furthest revision counts';
  return { keep: latest(reached, 'finishedAt', 'claimedAt'), because };
}

const DONE = 4;

/** A message that a Python actor took counts as done. */
function progress({ consumed, delivery }: ConflictLeaf): number {
  const { state } = (delivery ?? {}) as { state?: string };
  if (consumed !== true) return state === 'open' ? 1 : 0;
  if (state === 'claimed') return 2;
  return state === 'dead' ? 3 : DONE;
}

/** By the first of these fields (of the document or its delivery); ties by revision. */
function latest(leaves: readonly ConflictLeaf[], ...fields: readonly string[]): string {
  const timeOf = (leaf: ConflictLeaf): string => {
    const delivery = (leaf.delivery ?? {}) as Record<string, unknown>;
    const field = fields.find((name) => (leaf[name] ?? delivery[name]) !== undefined) ?? '';
    return String(leaf[field] ?? delivery[field] ?? '');
  };
  const sorted = leaves.toSorted(
    (one, other) => compare(timeOf(other), timeOf(one)) || compare(one._rev, other._rev),
  );
  return sorted[0]?._rev ?? '';
}

function smallest(leaves: readonly ConflictLeaf[]): string {
  return leaves.map(({ _rev }) => _rev).sort()[0] ?? '';
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** An attachment counts by its digest: since which revision it is there says nothing. */
function contentOf({ _rev, _attachments, ...content }: ConflictLeaf): object {
  const attachments = Object.entries((_attachments ?? {}) as Record<string, { digest?: unknown }>);
  const digests = attachments.map(([name, { digest }]) => [name, digest]).sort();
  return { content, digests };
}
