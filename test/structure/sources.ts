// Reads the sources of the repository for the checks of its structure.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Source {
  /** Relative to the repository, with `/`. */
  path: string;
  text: string;
  lines: string[];
  /** The text without comments, the same number of lines. */
  code: string;
  /** What it imports: relative ones resolved to paths of the repository, others as written. */
  imports: string[];
  /** Without `import type`. */
  runtimeImports: string[];
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|^import\s+)(?:\/\*.*?\*\/\s*)?['"]([^'"\n]+)['"]/gm;
const TYPE_IMPORT = /^(import|export) type [^;]*;/gm;

/** All TypeScript and JavaScript modules that git knows or would add. */
export function readSources(): Source[] {
  const patterns = ['*.ts', '*.tsx', '*.mjs', ':!test/fixtures'];
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  const paths = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n');
  const present = [...new Set(paths)].filter((path) => path && existsSync(join(root, path)));
  return present.toSorted().map(readSource);
}

export interface LockFile {
  packages: Record<string, { optionalDependencies?: Record<string, string> }>;
}

export function readLockFile(): LockFile {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const code = withoutComments(text);
  const lines = text.replace(/\n$/, '').split('\n');
  return {
    ...{ path, text, lines, code },
    imports: importsOf(path, code),
    runtimeImports: importsOf(path, code.replaceAll(TYPE_IMPORT, '')),
  };
}

function importsOf(path: string, code: string): string[] {
  return [...code.matchAll(IMPORT)].map((match) => resolveImport(path, match[1] ?? ''));
}

function resolveImport(from: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
}

/** Good enough for formatted code: whole-line comments, doc comments, and `code // comment`. */
function withoutComments(text: string): string {
  return text
    .replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, (comment) => comment.replaceAll(/[^\n]/g, ''))
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/\s\/\/\s.*$/gm, '');
}
