// The filter of a subscription: a condition on a message's attributes. Parsed once, by descent over
// at most 256 bytes; evaluating it takes time in proportion to its length.
// Source: the filter syntax of Cloud Pub/Sub.

import { invalid } from './pubsub-error.ts';

export type Attributes = Readonly<Record<string, string>>;
export type MessageFilter = (attributes: Attributes) => boolean;

const FILTER_BYTES_MAX = 256;
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(!=|[=:().,-])|([A-Za-z_][A-Za-z0-9_-]*))/y;

interface Token {
  kind: 'string' | 'sign' | 'word' | 'end';
  text: string;
}

/** Throws INVALID_ARGUMENT. An empty filter lets everything pass. */
export function parseMessageFilter(text: string): MessageFilter {
  if (text.trim() === '') return () => true;
  if (Buffer.byteLength(text) > FILTER_BYTES_MAX) {
    throw invalid(`the filter is longer than ${FILTER_BYTES_MAX} bytes`);
  }
  const tokens = new Tokens(text);
  const filter = parseExpression(tokens);
  tokens.expectEnd();
  return filter;
}

class Tokens {
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(text: string) {
    const trimmed = text.trimEnd();
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < trimmed.length) {
      const from = TOKEN.lastIndex;
      const match = TOKEN.exec(trimmed);
      if (!match) throw invalid(`the filter can't be read at position ${from + 1}`);
      const [, string, sign, word] = match;
      if (string !== undefined) this.#tokens.push({ kind: 'string', text: unquote(string) });
      else if (sign !== undefined) this.#tokens.push({ kind: 'sign', text: sign });
      else this.#tokens.push({ kind: 'word', text: word ?? '' });
    }
  }

  get next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  /** Takes the next token where it is this sign or word. */
  take(text: string): boolean {
    const { next } = this;
    if (next.kind === 'string' || next.kind === 'end' || next.text !== text) return false;
    this.#at += 1;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.#unexpected(JSON.stringify(text));
  }

  text(kinds: readonly Token['kind'][], what: string): string {
    const { next } = this;
    if (!kinds.includes(next.kind)) throw this.#unexpected(what);
    this.#at += 1;
    return next.text;
  }

  expectEnd(): void {
    if (this.next.kind !== 'end') throw this.#unexpected('AND, OR or the end');
  }

  #unexpected(expected: string): Error {
    const { next } = this;
    const found = next.kind === 'end' ? 'the end' : JSON.stringify(next.text);
    return invalid(`the filter has ${found} where ${expected} was expected`);
  }
}

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}

/** AND and OR do not mix without parentheses, as in the original. */
function parseExpression(tokens: Tokens): MessageFilter {
  const parts = [parseTerm(tokens)];
  let joint: 'AND' | 'OR' | undefined;
  for (;;) {
    const found = tokens.take('AND') ? 'AND' : tokens.take('OR') ? 'OR' : undefined;
    if (!found) break;
    if (joint && joint !== found) {
      throw invalid('the filter mixes AND and OR: put one of them in parentheses');
    }
    joint = found;
    parts.push(parseTerm(tokens));
  }
  if (joint === 'OR') return (attributes) => parts.some((part) => part(attributes));
  return (attributes) => parts.every((part) => part(attributes));
}

function parseTerm(tokens: Tokens): MessageFilter {
  if (tokens.take('NOT') || tokens.take('-')) {
    const negated = parseTerm(tokens);
    return (attributes) => !negated(attributes);
  }
  if (tokens.take('(')) {
    const inner = parseExpression(tokens);
    tokens.expect(')');
    return inner;
  }
  if (tokens.take('hasPrefix')) return parsePrefix(tokens);
  return parseComparison(tokens);
}

function parsePrefix(tokens: Tokens): MessageFilter {
  tokens.expect('(');
  tokens.expect('attributes');
  tokens.expect('.');
  const key = tokens.text(['word', 'string'], "an attribute's name");
  tokens.expect(',');
  const prefix = tokens.text(['string'], 'a string');
  tokens.expect(')');
  return (attributes) => attributeOf(attributes, key)?.startsWith(prefix) ?? false;
}

function parseComparison(tokens: Tokens): MessageFilter {
  tokens.expect('attributes');
  if (tokens.take(':')) {
    const key = tokens.text(['word', 'string'], "an attribute's name");
    return (attributes) => attributeOf(attributes, key) !== undefined;
  }
  tokens.expect('.');
  const key = tokens.text(['word', 'string'], "an attribute's name");
  const unequal = tokens.take('!=');
  if (!unequal) tokens.expect('=');
  const value = tokens.text(['string'], 'a string');
  if (unequal) return (attributes) => attributeOf(attributes, key) !== value;
  return (attributes) => attributeOf(attributes, key) === value;
}

function attributeOf(attributes: Attributes, key: string): string | undefined {
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined;
}
