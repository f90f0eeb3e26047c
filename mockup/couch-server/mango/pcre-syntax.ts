/**
 * Rewrites the regular expressions that CouchDB's users write (PCRE, matched byte by byte) for
 * JavaScript and RE2: both read what comes out of here in the same way.
 */

export interface Rewritten {
  readonly source: string;
  /** `i`, `m` and `s` where the expression begins with them. */
  readonly flags: string;
}

const ESCAPES: { readonly [letter: string]: string } = {
  A: '^',
  z: '$',
  Z: '$',
  G: '^',
  a: '\\x07',
  e: '\\x1b',
  h: '[\\t \\xa0]',
  H: '[^\\t \\xa0]',
  v: '[\\n-\\r\\x85]',
  V: '[^\\n-\\r\\x85]',
  s: '[\\t-\\r ]',
  S: '[^\\t-\\r ]',
  R: '(?:\\r\\n|[\\n-\\r\\x85])',
  N: '[^\\n]',
};

const IN_CLASS: { readonly [letter: string]: string } = {
  a: '\\x07',
  e: '\\x1b',
  b: '\\x08',
  h: '\\t \\xa0',
  v: '\\n-\\r\\x85',
  s: '\\t-\\r ',
};

const POSIX: { readonly [name: string]: string } = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\t-\\r ',
  blank: '\\t ',
  punct: '!-\\/:-@\\[-`{-~',
  word: 'A-Za-z0-9_',
  xdigit: 'A-Fa-f0-9',
  cntrl: '\\x00-\\x1f\\x7f',
  print: ' -~',
  graph: '!-~',
};

/** Lookbehind, atomic groups, possessive quantifiers, conditions, recursion, verbs, subroutines. */
const UNAVAILABLE = /^(?:\(\?(?:>|\||\(|[-+]?\d|R|&|P>)|\(\*|[*+?}]\+)/;
const TOKEN =
  /\\Q[\s\S]*?(?:\\E|$)|\\x\{[0-9a-fA-F]+\}|\\x[0-9a-fA-F]{0,2}|\\g\{?\d+\}?|\\[1-9]\d*|\\0[0-7]{0,2}|\\k[{<']\w+[}>']|\\[\s\S]|\(\?#[^)]*\)|\(\?P?[<']\w+[>']|\(\?P=\w+\)|\(\?[ims]*(?:-[ims]+)?\)|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]|[*+?}]\+|[\s\S]/g;

/** Undefined where neither JavaScript nor RE2 has what the expression asks for. */
export function rewritePcre(pattern: string): Rewritten | undefined {
  const leading = /^\(\?([ims]+)\)/.exec(pattern);
  const flags = [...new Set(leading?.[1] ?? '')].join('');
  let source = '';
  /** How many groups of inline flags end with each group that is open. */
  const open = [0];
  const text = pattern.slice(leading?.[0].length ?? 0);
  for (const match of text.matchAll(TOKEN)) {
    const token = match[0];
    if (UNAVAILABLE.test(text.slice(match.index, match.index + 4))) return undefined;
    if (/^\(\?[ims]*(?:-[ims]+)?\)$/.test(token) && token !== '(?)') {
      source += `${token.slice(0, -1)}:`;
      open[open.length - 1] = (open.at(-1) as number) + 1;
      continue;
    }
    if (token === '(?)' || token.startsWith('(?#')) continue;
    if (token === ')') source += ')'.repeat(open.length > 1 ? (open.pop() as number) : 0);
    else if (token.startsWith('(') && !token.startsWith('(?P=')) open.push(0);
    const next = rewriteToken(token, flags);
    if (next === undefined) return undefined;
    source += next;
  }
  return { source: source + ')'.repeat(open[0] as number), flags };
}

function rewriteToken(token: string, flags: string): string | undefined {
  if (token === '.') return flags.includes('s') ? '[\\x00-\\uffff]' : '[^\\n]';
  if (token.startsWith('\\Q')) return quoted(token.slice(2).replace(/\\E$/, ''));
  if (token.startsWith('\\E')) return '';
  if (token.startsWith('(?P=')) return `\\k<${token.slice(4, -1)}>`;
  const named = /^\(\?P?[<'](\w+)[>']$/.exec(token);
  if (named) return `(?<${named[1]}>`;
  const reference = /^\\k[{<'](\w+)[}>']$/.exec(token);
  if (reference) return `\\k<${reference[1]}>`;
  if (token.startsWith('[') && token.length > 1) return rewriteClass(token);
  if (token.startsWith('\\')) return rewriteEscape(token, ESCAPES);
  return token;
}

function rewriteEscape(
  token: string,
  table: { readonly [letter: string]: string },
): string | undefined {
  const hex = /^\\x\{?([0-9a-fA-F]*)\}?$/.exec(token);
  if (hex) return byte(Number.parseInt(hex[1] || '0', 16));
  if (token.startsWith('\\0')) return byte(Number.parseInt(token.slice(1), 8));
  const group = /^\\g\{?(\d+)\}?$/.exec(token);
  if (group) return `(?:\\${group[1]})`;
  const letter = token[1] as string;
  if (Object.hasOwn(table, letter)) return table[letter];
  if (/[dDwWbBnrtf1-9]/.test(letter)) return token;
  if (/[A-Za-z]/.test(letter)) return undefined;
  return quoted(letter);
}

const byte = (code: number): string | undefined =>
  code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : undefined;

const quoted = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

const CLASS_TOKEN =
  /\[:\^?\w+:\]|\\x\{[0-9a-fA-F]+\}|\\x[0-9a-fA-F]{0,2}|\\0[0-7]{0,2}|\\[\s\S]|[\s\S]/g;

function rewriteClass(token: string): string | undefined {
  const head = token.startsWith('[^') ? '[^' : '[';
  let body = '';
  for (const [part] of token.slice(head.length, -1).matchAll(CLASS_TOKEN)) {
    const posix = /^\[:(\^?)(\w+):\]$/.exec(part);
    if (posix) {
      const set = Object.hasOwn(POSIX, posix[2] as string) ? POSIX[posix[2] as string] : undefined;
      if (set === undefined || posix[1] === '^') return undefined;
      body += set;
    } else if (part.startsWith('\\')) {
      const next = rewriteEscape(part, IN_CLASS);
      if (next === undefined || /^\\[SHVNR]/.test(part)) return undefined;
      body += next;
    } else body += part === '[' || part === ']' ? `\\${part}` : part;
  }
  return `${head}${body}]`;
}
