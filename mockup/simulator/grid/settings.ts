// Keys of a scenario with the values that are tried, and all combinations of them.

import { InvalidInputError } from '../../core/errors.ts';

export type Value = string | number;

export interface Varied {
  key: string;
  values: Value[];
}

/** A value for each varied key. */
export type Setting = Readonly<Record<string, Value>>;

const VALUES_MAX = 1000;
const KEY = /^[a-z0-9][\w/-]*(\.[\w/-]+)*$/i;

/** `jao.slots=4,8,16` or `reviewers=2..6`, `reviewers=2..10:2`. Throws InvalidInputError. */
export function readVaried(text: string): Varied {
  const at = text.indexOf('=');
  const key = text.slice(0, Math.max(at, 0)).trim();
  const given = text.slice(at + 1).trim();
  if (at < 1 || !KEY.test(key) || given === '') {
    throw refused(text, 'KEY=VALUES such as jao.slots=4,8,16 or reviewers=2..6');
  }
  const range = /^(-?\d+)\.\.(-?\d+)(?::(\d+))?$/.exec(given);
  const values = range
    ? inRange(text, range)
    : given.split(',').map((one) => readValue(one.trim()));
  if (values.length > VALUES_MAX) throw refused(text, `at most ${VALUES_MAX} values`);
  if (values.includes('')) throw refused(text, 'no empty value in the list');
  return { key, values };
}

function inRange(text: string, [, first, last, step = '1']: RegExpExecArray): number[] {
  const [from, to, by] = [Number(first), Number(last), Number(step)];
  if (from > to || by === 0) throw refused(text, 'a range FROM..TO or FROM..TO:STEP that rises');
  const count = Math.floor((to - from) / by) + 1;
  if (count > VALUES_MAX) throw refused(text, `at most ${VALUES_MAX} values`);
  return Array.from({ length: count }, (_, n) => from + n * by);
}

function readValue(text: string): Value {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function refused(text: string, expected: string): InvalidInputError {
  return new InvalidInputError(
    `--vary: expected ${expected}; got ${JSON.stringify(text.slice(0, 80))}`,
  );
}

/** In the order in which the keys were given, the last one fastest. */
export function settingsOf(varied: readonly Varied[]): Setting[] {
  return varied.reduce<Setting[]>(
    (settings, { key, values }) =>
      settings.flatMap((setting) => values.map((value) => ({ ...setting, [key]: value }))),
    [{}],
  );
}

/** A scenario's content with these values in it; a number in place of a map is its count. */
export function withSetting(content: object, setting: Setting): Record<string, unknown> {
  const copy = structuredClone(content) as Record<string, unknown>;
  for (const [key, value] of Object.entries(setting)) put(copy, key.split('.'), value);
  return copy;
}

function put(target: Record<string, unknown>, [name = '', ...rest]: string[], value: Value): void {
  const there = target[name];
  if (rest.length > 0) {
    const isShort = typeof there === 'number';
    const below = isMap(there) ? there : isShort ? { count: there } : {};
    target[name] = below;
    put(below, rest, value);
  } else if (isMap(there) && typeof value === 'number') there.count = value;
  else target[name] = value;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
