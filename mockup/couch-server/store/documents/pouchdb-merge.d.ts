/** The part of pouchdb-merge in use; the package has no types of its own. */
declare module 'pouchdb-merge' {
  export interface NodeOptions {
    deleted?: boolean;
    status?: string;
  }
  export type RevNode = [id: string, options: NodeOptions, children: RevNode[]];
  export interface RevPath {
    pos: number;
    ids: RevNode;
  }
  export function merge(
    tree: RevPath[],
    path: RevPath,
    depth: number,
  ): { tree: RevPath[]; stemmedRevs: string[]; conflicts: string };
  export function rootToLeaf(
    tree: RevPath[],
  ): { pos: number; ids: { id: string; opts: NodeOptions }[] }[];
  export function removeLeafFromRevTree(tree: RevPath[], leaf: string): RevPath[];
}
