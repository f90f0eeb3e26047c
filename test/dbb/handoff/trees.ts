// Trees of files for the tests: ordinary ones, and one whose names are as bad as names can be.

import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checksum, type Tree } from './checker.ts';

/** Name of a file that a shell would make if it executed a file name. */
export const CANARY = 'executed-by-a-shell';

/** Sixty of them. */
const ODD = [
  'two  blanks ',
  "it's",
  'say "hi"',
  'line\nfeed',
  'tab\there',
  'Ünïcödé-東京-🔭',
  '-rf',
  '--help',
  `$(touch ${CANARY})`,
  `\`touch ${CANARY}\``,
  `; touch ${CANARY};`,
  `a && touch ${CANARY} #`,
  `| touch ${CANARY}`,
  '> redirected',
  '*',
  '[a-z]?',
  '{a,b}',
  '~root',
  '!history!',
  '#comment',
  ';semicolon',
  'back\\slash',
  '\\n',
  'trailing\\',
  '%s%n',
  'host:file',
  'user@host:file',
  '{file}',
  '{dest}',
  '$HOME',
  '$IFS$(id)',
  '.hidden',
  '...',
  "'''",
  '"""',
  "'; touch executed-by-a-shell; '",
  '=',
  '@',
  '+',
  '\r',
  '\u0001\u001b[31m',
  'x'.repeat(200),
  '-',
  '--',
  '.hdfmgr-notes',
  '.hdfmgr-0123456789ab',
  ' ',
  '~',
  '&',
  '(',
  '^',
  '$$',
  '[::1]:x',
  '\u007f',
  '\u2028\u202e\u009b31m',
  '\ufeff\ufffd',
  'e\u0301',
  '\u00e9',
  'é'.repeat(127),
  'y'.repeat(255),
];

/** `count` files with these names, in directories with these names. */
export function writeOddTree(root: string, count: number): Tree {
  const tree: Tree = new Map();
  for (let index = 0; index < count; index++) {
    const name = ODD[index % ODD.length] ?? 'x';
    const round = Math.floor(index / ODD.length);
    // As long as a name may be, there is no room for a number.
    const before = ODD[(round - 1) % ODD.length]?.slice(0, 60);
    const directory = round === 0 ? '' : `${before}${round}/`;
    const path = `${directory}${name}`;
    add(root, tree, path, index % 7 === 0 ? '' : `${index} ${randomBytes(20).toString('hex')}`);
  }
  return tree;
}

/** One file in a directory of each of those names that a shell would trip over first. */
export function writeOddDirectories(root: string): Tree {
  const tree: Tree = new Map();
  const names = ODD.filter((name, index) => index < 5 || name.includes(CANARY));
  for (const [index, name] of names.entries()) {
    add(root, tree, `${name}/${index}.fits`, `${index}`);
  }
  return tree;
}

/** `d0/f0.fits` and so on. */
export function writeTree(root: string, count: number, size_bytes: number, directories = 5): Tree {
  const tree: Tree = new Map();
  for (let index = 0; index < count; index++) {
    const path = `d${index % directories}/f${index}.fits`;
    add(root, tree, path, randomBytes(size_bytes));
  }
  return tree;
}

export function add(root: string, tree: Tree, path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  tree.set(path, checksum(content));
}
