/**
 * Revision trees of documents. Nearly all documents have one branch, so that is kept as the list of
 * the winner's ancestors and grows by putting a hash in front; a branched history is kept as
 * pouchdb-merge's tree and handled by that package.
 */
import { merge, type RevNode, type RevPath, rootToLeaf } from 'pouchdb-merge';
import { badRequest } from '../../couch-error.ts';

export interface Revision {
  readonly generation: number;
  readonly hash: string;
}

export interface Leaf {
  readonly rev: string;
  readonly deleted: boolean;
}

/** What a document row says about its history: the winner and, in `tree`, all else. */
export interface History {
  readonly rev: string;
  readonly deleted: number;
  readonly tree: string;
}

/** Revisions kept of a branch at most, whatever `_revs_limit` says: trees are nested JSON. */
export const MAX_HISTORY = 2000;

/** Printable ASCII without quote, backslash and comma: goes into headers, JSON and lists as it is. */
const REVISION = /^(\d{1,15})-([ !#-+\--[\]-~]{0,200})$/;
/** A hash of this length is a number in hexadecimal digits, of which CouchDB keeps the value. */
const NUMBER_LENGTH = 32;
const NUMBER = /^[0-9a-fA-F]*$/;

/** Parses `N-hash`; throws 400 for anything else. */
export function parseRevision(rev: unknown): Revision {
  const match = typeof rev === 'string' ? REVISION.exec(rev) : null;
  const hash = match?.[2] ?? '';
  if (!match || !isHash(hash)) throw badRequest('Invalid rev format');
  return { generation: Number(match[1]), hash: canonicalHash(hash) };
}

/** The revision as it is stored: `01-AB…` and `1-ab…` are one. Throws CouchError 400. */
export function canonicalRevision(rev: unknown): string {
  const { generation, hash } = parseRevision(rev);
  return `${generation}-${hash}`;
}

export const isHash = (hash: string): boolean =>
  hash.length !== NUMBER_LENGTH || NUMBER.test(hash);

const canonicalHash = (hash: string): string =>
  hash.length === NUMBER_LENGTH ? hash.toLowerCase() : hash;

export const generationOf = (rev: string): number => Number.parseInt(rev, 10);
export const hashOf = (rev: string): string => rev.slice(rev.indexOf('-') + 1);

export const isBranched = (history: History): boolean => history.tree.startsWith('[');

const ancestors = (history: History): string[] =>
  history.tree === '' ? [] : history.tree.split(',');

/** Leaves in CouchDB's order: the winner, then living ones and higher revisions first. */
export function leavesOf(history: History): Leaf[] {
  if (!isBranched(history)) return [{ rev: history.rev, deleted: history.deleted === 1 }];
  return treeLeaves(JSON.parse(history.tree) as RevPath[]);
}

export function treeLeaves(tree: RevPath[]): Leaf[] {
  return rootToLeaf(tree)
    .map(({ pos, ids }) => {
      const last = ids.at(-1);
      return { rev: `${pos + ids.length - 1}-${last?.id}`, deleted: last?.opts.deleted === true };
    })
    .sort(compareLeaves);
}

function compareLeaves(a: Leaf, b: Leaf): number {
  if (a.deleted !== b.deleted) return a.deleted ? 1 : -1;
  const generations = generationOf(b.rev) - generationOf(a.rev);
  if (generations !== 0) return generations;
  return hashOf(a.rev) < hashOf(b.rev) ? 1 : -1;
}

/** Oldest generation first, then by hash. */
export const byGeneration = (a: string, b: string): number =>
  generationOf(a) - generationOf(b) || (hashOf(a) < hashOf(b) ? -1 : Number(a !== b));

/** Hashes from `rev` back to the oldest known, newest first; undefined where `rev` is unknown. */
export function historyOf(history: History, rev: string): string[] | undefined {
  const generation = generationOf(rev);
  const hash = hashOf(rev);
  for (const { newest, hashes } of branchesOf(history)) {
    const place = newest - generation;
    if (place >= 0 && hashes[place] === hash) return hashes.slice(place);
  }
  return undefined;
}

export const isKnown = (history: History, rev: string): boolean =>
  history.rev === rev || historyOf(history, rev) !== undefined;

/** One leaf's line: its generation, and the hashes from it back to the root. */
export interface Branch {
  readonly newest: number;
  readonly hashes: string[];
  readonly deleted: boolean;
}

export function branchesOf(history: History): Branch[] {
  if (!isBranched(history)) {
    const hashes = [hashOf(history.rev), ...ancestors(history)];
    return [{ newest: generationOf(history.rev), hashes, deleted: history.deleted === 1 }];
  }
  return branchesOfTree(JSON.parse(history.tree) as RevPath[]);
}

function branchesOfTree(tree: RevPath[]): Branch[] {
  return rootToLeaf(tree).map(({ pos, ids }) => ({
    newest: pos + ids.length - 1,
    hashes: ids.map(({ id }) => id).reverse(),
    deleted: ids.at(-1)?.opts.deleted === true,
  }));
}

/** The `tree` of a one-branch history with `hashes` (newest first) put before it, cut to the limit. */
export function extendLine(hashes: readonly string[], tree: string, limit: number): string {
  const all = tree === '' ? hashes.join(',') : `${hashes.join(',')},${tree}`;
  // A hash is at least one letter and a comma: short lists need no count.
  if (all.length < limit * 2) return all;
  const parts = all.split(',');
  return parts.length < limit ? all : parts.slice(0, limit - 1).join(',');
}

/** Merges a path (hashes newest first, the newest being `generation`) into a history. */
export function mergePath(
  history: History,
  generation: number,
  hashes: readonly string[],
  deleted: boolean,
  limit: number,
): RevPath[] {
  const tree = asTree(history);
  if (isApart(tree, generation, hashes)) {
    // What has nothing in common with the rest stands beside it: a merge would look at all of it.
    const path = pathOf(generation, hashes.slice(0, limit), deleted);
    return [...tree, path].sort((a, b) => a.pos - b.pos);
  }
  return joined(merge(tree, pathOf(generation, hashes, deleted), limit).tree);
}

/** Whether no revision of the path is in the tree. */
function isApart(tree: RevPath[], generation: number, hashes: readonly string[]): boolean {
  const known = (at: number, hash: string): boolean => hashes[generation - at] === hash;
  return tree.every((root) => !someNode(root, known));
}

function someNode({ pos, ids }: RevPath, test: (pos: number, hash: string) => boolean): boolean {
  const nodes: [number, RevNode][] = [[pos, ids]];
  for (const [at, [hash, , children]] of nodes) {
    if (test(at, hash)) return true;
    for (const child of children) nodes.push([at + 1, child]);
  }
  return false;
}

/** A history that came longer than before joins trees that had no known root in common. */
function joined(tree: RevPath[]): RevPath[] {
  if (tree.length < 2 || !holdsRootOfAnother(tree)) return tree;
  const oldestFirst = branchesOfTree(tree).sort((a, b) => rootOf(a) - rootOf(b));
  return treeOfBranches(oldestFirst);
}

/** Whether a revision that one tree begins with is one within another tree. */
function holdsRootOfAnother(tree: RevPath[]): boolean {
  const roots = new Set(tree.map(({ pos, ids: [hash] }) => `${pos}-${hash}`));
  if (roots.size < tree.length) return true;
  return tree.some((root) =>
    someNode(root, (at, hash) => at > root.pos && roots.has(`${at}-${hash}`)),
  );
}

const rootOf = ({ newest, hashes }: Branch): number => newest - hashes.length;

/** The tree of these branches alone (purge drops a leaf with all that leads to it only). */
export function treeOfBranches(branches: readonly Branch[]): RevPath[] {
  let tree: RevPath[] = [];
  for (const { newest, hashes, deleted } of branches) {
    tree = merge(tree, pathOf(newest, hashes, deleted), MAX_HISTORY).tree;
  }
  return tree;
}

export function asTree(history: History): RevPath[] {
  if (isBranched(history)) return JSON.parse(history.tree) as RevPath[];
  const hashes = [hashOf(history.rev), ...ancestors(history)];
  return [pathOf(generationOf(history.rev), hashes, history.deleted === 1)];
}

function pathOf(generation: number, hashes: readonly string[], deleted: boolean): RevPath {
  let node: RevNode = [hashes[0] as string, deleted ? { deleted: true } : {}, []];
  for (let place = 1; place < hashes.length; place++) node = [hashes[place] as string, {}, [node]];
  return { pos: generation - hashes.length + 1, ids: node };
}
