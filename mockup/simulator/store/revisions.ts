// The revisions of a document: its leaves with the way to each, which of them wins, and how a
// write or a replicated branch is added (branches are joined by pouchdb-merge). The winner is the
// same on every server that has the same leaves.

import { hash } from 'node:crypto';
import { merge, type RevNode, type RevPath, rootToLeaf } from 'pouchdb-merge';
import { compareLeaves, generationOf, hashOf } from '../../platform/couch/exclusive/leaf-order.ts';

/** Revisions kept of each branch, as CouchDB's default `_revs_limit`. */
const DEPTH = 1000;

/**
 * The end of one branch, with the way to it. Leaves that follow each other share their list of
 * revisions: a document may be written ten thousand times in a simulated year.
 */
export class Leaf {
  readonly rev: string;
  readonly deleted: boolean;
  /** From the oldest on; what follows `#length` belongs to later leaves. */
  readonly #line: string[];
  readonly #length: number;

  private constructor(deleted: boolean, line: string[]) {
    this.rev = line.at(-1) as string;
    this.deleted = deleted;
    this.#line = line;
    this.#length = line.length;
  }

  /** `history` leads from the leaf back to the oldest known revision. */
  static of(history: readonly string[], deleted: boolean): Leaf {
    return new Leaf(deleted, history.slice(0, DEPTH).reverse());
  }

  /** One more revision on this branch. */
  followedBy(rev: string, deleted: boolean): Leaf {
    const isShared = this.#line.length === this.#length && this.#length < 2 * DEPTH;
    const line = isShared
      ? this.#line
      : this.#line.slice(Math.max(this.#length - DEPTH, 0), this.#length);
    line.push(rev);
    return new Leaf(deleted, line);
  }

  /** All revisions from this one back to the oldest known one. */
  get history(): string[] {
    return this.#line.slice(Math.max(this.#length - DEPTH, 0), this.#length).reverse();
  }

  /** Whether the branch leads over this revision. */
  has(rev: string): boolean {
    // Generations on one branch follow each other.
    const back = generationOf(this.rev) - generationOf(rev);
    return back >= 0 && back < DEPTH && this.#line[this.#length - 1 - back] === rev;
  }
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
 * then the higher revision.
 */
export function withBranch(leaves: readonly Leaf[], added: Leaf): Leaf[] {
  const [only] = leaves;
  // Nearly all documents have one branch that grows at its end.
  if (!only || (leaves.length === 1 && added.has(only.rev))) return [added];
  return mergedLeaves([...leaves, added]);
}

function mergedLeaves(leaves: readonly Leaf[]): Leaf[] {
  let tree: RevPath[] = [];
  for (const leaf of leaves) tree = merge(tree, pathOf(leaf), DEPTH).tree;
  return rootToLeaf(tree)
    .map(({ pos, ids }) => {
      const history = ids.map(({ id }, place) => `${pos + place}-${id}`).reverse();
      return Leaf.of(history, ids.at(-1)?.opts.deleted === true);
    })
    .sort(compareLeaves);
}

function pathOf({ history, deleted }: Leaf): RevPath {
  let node: RevNode = [hashOf(history[0] as string), deleted ? { deleted: true } : {}, []];
  for (const rev of history.slice(1)) node = [hashOf(rev), {}, [node]];
  return { pos: generationOf(history.at(-1) as string), ids: node };
}
