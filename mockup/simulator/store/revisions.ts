// The revisions of a document: its leaves with the way to each, which of them wins, and how a
// write or a replicated branch is added (branches are joined by pouchdb-merge). The winner is the
// same on every server that has the same leaves.

import { hash } from 'node:crypto';
import { merge, type RevNode, type RevPath, rootToLeaf } from 'pouchdb-merge';
import { compareLeaves, generationOf, hashOf } from '../../platform/couch/exclusive/leaf-order.ts';

/** Revisions kept of each branch, as CouchDB's default `_revs_limit`. */
const DEPTH = 1000;

export interface Leaf {
  rev: string;
  deleted: boolean;
  /** All revisions from this one back to the oldest known one. */
  history: string[];
}

/** True for `N-hash` with a generation of at least 1. */
export function isRevision(rev: unknown): rev is string {
  return typeof rev === 'string' && /^[1-9]\d{0,14}-[^\s,"\\]{1,200}$/.test(rev);
}

/** Depends on the content and the parent alone: the same write on two servers is one revision. */
export function nextRevision(parent: string | undefined, deleted: boolean, json: string): string {
  const digest = hash('md5', `${parent ?? ''} ${deleted} ${json}`);
  return `${(parent ? generationOf(parent) : 0) + 1}-${digest}`;
}

/**
 * The leaves after one more branch was added, the winner first: living ones before deleted ones,
 * then the higher revision. `history` leads from the new leaf back, as far as known.
 */
export function withBranch(
  leaves: readonly Leaf[],
  history: readonly string[],
  deleted: boolean,
): Leaf[] {
  const rev = history[0] as string;
  const [only] = leaves;
  // Nearly all documents have one branch that grows at its end.
  if (!only) return [{ rev, deleted, history: [...history] }];
  // The usual write: the new leaf follows the only one.
  if (leaves.length === 1 && history[1] === only.rev && history.length === only.history.length + 1)
    return [{ rev, deleted, history: history.slice(0, DEPTH) }];
  const overlap = leaves.length === 1 ? history.indexOf(only.rev) : -1;
  if (overlap > 0) {
    const line = [...history.slice(0, overlap), ...only.history];
    return [{ rev, deleted, history: line.slice(0, DEPTH) }];
  }
  return mergedLeaves([...leaves, { rev, deleted, history: [...history] }]);
}

function mergedLeaves(leaves: readonly Leaf[]): Leaf[] {
  let tree: RevPath[] = [];
  for (const leaf of leaves) tree = merge(tree, pathOf(leaf), DEPTH).tree;
  return rootToLeaf(tree)
    .map(({ pos, ids }) => {
      const history = ids.map(({ id }, place) => `${pos + place}-${id}`).reverse();
      return { rev: history[0] as string, deleted: ids.at(-1)?.opts.deleted === true, history };
    })
    .sort(compareLeaves);
}

function pathOf({ history, deleted }: Leaf): RevPath {
  let node: RevNode = [hashOf(history[0] as string), deleted ? { deleted: true } : {}, []];
  for (const rev of history.slice(1)) node = [hashOf(rev), {}, [node]];
  return { pos: generationOf(history.at(-1) as string), ids: node };
}
