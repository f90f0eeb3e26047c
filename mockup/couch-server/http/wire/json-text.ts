/**
 * Reads JSON bodies. A large one is taken apart at its own commas and parsed piece by piece, so that
 * others are served in between; depth and number of values are counted before anything is made of
 * them: the values of a few megabytes of commas would take gigabytes.
 */
import { isUtf8 } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import { badRequest, CouchError } from '../../couch-error.ts';

/** So much is parsed at once; an array or object of more bytes is taken apart. */
const PIECE_SIZE = 128 * 1024;
const DEPTH_MAX = 2000;
/** Others are served after so long. */
const TURN_MS = 8;

/** Throws CouchError 400. */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw malformed();
  try {
    return parseText(body.toString('utf8'));
  } catch {
    throw malformed();
  }
}

/**
 * As `JSON.parse`, but half a surrogate pair is an error too: no other server takes it, and a
 * document that has one could not be replicated.
 */
export function parseText(text: string): unknown {
  if (SURROGATE.test(text) && hasHalfPair(text)) throw new SyntaxError('half a surrogate pair');
  return JSON.parse(text);
}

const SURROGATE = /\\u[dD][89a-fA-F]/;

function hasHalfPair(text: string): boolean {
  let expectsLow = -1;
  for (const { 0: found, 1: hex, index } of text.matchAll(/\\(?:u([0-9a-fA-F]{4})|[^u])/g)) {
    const unit = hex === undefined ? 0 : Number.parseInt(hex, 16);
    const isLow = unit >= 0xdc00 && unit <= 0xdfff;
    if (isLow !== (expectsLow === index)) return true;
    if (expectsLow >= 0 && expectsLow !== index) return true;
    expectsLow = unit >= 0xd800 && unit < 0xdc00 ? index + found.length : -1;
  }
  return expectsLow >= 0;
}

/** As `parseJson`, for a body of any size. Throws CouchError 400, 413. */
export async function readJsonText(body: Buffer, valuesMax: number): Promise<unknown> {
  if (body.length <= PIECE_SIZE) return parseJson(body);
  if (!isUtf8(body)) throw malformed();
  const turn = new Turn();
  const top = await findParts(body, valuesMax, turn);
  const start = skipSpace(body, 0);
  const part = top.get(start);
  if (!part) return parseJson(body);
  if (skipSpace(body, part.end) !== body.length) throw malformed();
  return build(body, part, turn);
}

const malformed = (): CouchError => badRequest('invalid UTF-8 JSON');

/** Gives way to others after each while. */
class Turn {
  #began_ms = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#began_ms > TURN_MS;
  }

  async next(): Promise<void> {
    await setImmediate();
    this.#began_ms = performance.now();
  }
}

/** A large array or object: from its bracket to after the closing one. */
interface Part {
  readonly start: number;
  end: number;
  /** Where its own commas are. */
  readonly commas: readonly number[];
  /** The large ones in it, by their start. */
  readonly parts: ReadonlyMap<number, Part>;
}

interface Open {
  readonly start: number;
  /** The first of its commas in the list of all that are open. */
  readonly firstComma: number;
  readonly parts: Map<number, Part>;
}

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const STEPS = 50_000;

async function findParts(body: Buffer, valuesMax: number, turn: Turn): Promise<Map<number, Part>> {
  const top: Open = { start: -1, firstComma: 0, parts: new Map() };
  const open: Open[] = [top];
  const commas: number[] = [];
  let values = 1;
  let steps = 0;
  for (let place = 0; place < body.length; place++) {
    const byte = body[place];
    if (++steps % STEPS === 0 && turn.isOver) await turn.next();
    if (byte === QUOTE) place = endOfString(body, place) - 1;
    else if (byte === COMMA) {
      commas.push(place);
      if (++values > valuesMax) throw tooMany(valuesMax);
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      open.push({ start: place, firstComma: commas.length, parts: new Map() });
      if (++values > valuesMax) throw tooMany(valuesMax);
      if (open.length > DEPTH_MAX) throw badRequest('The JSON is nested too deeply');
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      const closed = open.pop() as Open;
      const outer = open.at(-1);
      if (!outer) throw malformed();
      const own = commas.splice(closed.firstComma);
      if (place - closed.start < PIECE_SIZE) continue;
      const { start, parts } = closed;
      outer.parts.set(start, { start, end: place + 1, commas: own, parts });
    }
  }
  if (open.length > 1) throw malformed();
  return top.parts;
}

function tooMany(valuesMax: number): CouchError {
  const reason = `the request holds more than ${valuesMax} values`;
  return new CouchError(413, 'too_large', reason);
}

/** The place after the closing quote. */
function endOfString(body: Buffer, start: number): number {
  let place = start + 1;
  while (true) {
    const end = body.indexOf(QUOTE, place);
    if (end < 0) throw malformed();
    let backslashes = 0;
    while (body[end - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end + 1;
    place = end + 1;
  }
}

async function build(body: Buffer, part: Part, turn: Turn): Promise<unknown> {
  const isList = body[part.start] === OPEN_LIST;
  if (body[part.end - 1] !== (isList ? CLOSE_LIST : CLOSE_OBJECT)) throw malformed();
  const list: unknown[] = [];
  const object = {};
  let from = part.start + 1;
  if (part.commas.length === 0 && skipSpace(body, from) === part.end - 1) {
    return isList ? list : object;
  }
  for (const to of [...part.commas, part.end - 1]) {
    if (turn.isOver) await turn.next();
    if (isList) list.push(await parseMember(body, from, to, part, turn));
    else {
      const { key, valueFrom } = keyAt(body, from, to);
      const value = await parseMember(body, valueFrom, to, part, turn);
      if (key === '__proto__') define(object, key, value);
      else (object as { [key: string]: unknown })[key] = value;
    }
    from = to + 1;
  }
  return isList ? list : object;
}

/** Plain assignment would take `__proto__` for something else. */
function define(object: object, key: string, value: unknown): void {
  const shape = { value, enumerable: true, configurable: true, writable: true };
  Object.defineProperty(object, key, shape);
}

function keyAt(body: Buffer, from: number, to: number): { key: string; valueFrom: number } {
  const start = skipSpace(body, from);
  if (body[start] !== QUOTE) throw malformed();
  const end = endOfString(body, start);
  const colon = skipSpace(body, end);
  if (body[colon] !== COLON || colon >= to) throw malformed();
  return { key: parseSlice(body, start, end) as string, valueFrom: colon + 1 };
}

/** Not `async`: most values are small, and a promise for each would cost more than they do. */
function parseMember(body: Buffer, from: number, to: number, outer: Part, turn: Turn): unknown {
  const start = to - from < PIECE_SIZE ? -1 : skipSpace(body, from);
  const part = outer.parts.get(start);
  if (!part) return parseSlice(body, from, to);
  if (skipSpace(body, part.end) !== to) throw malformed();
  return build(body, part, turn);
}

function parseSlice(body: Buffer, from: number, to: number): unknown {
  try {
    return parseText(body.toString('utf8', from, to));
  } catch {
    throw malformed();
  }
}

function skipSpace(body: Buffer, from: number): number {
  let place = from;
  while (isSpace(body[place])) place++;
  return place;
}

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
