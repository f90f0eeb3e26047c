/** Field names of selectors and indexes: `a.b` is nested, `a\.b` is one name with a dot in it. */

export type FieldPath = readonly string[];

export function parseField(name: string): FieldPath {
  if (!name.includes('.')) return [name];
  return name
    .split(/(?<!\\)\./)
    .map((part) => part.replaceAll('\\.', '.'))
    .filter((part, _, all) => part !== '' || all.length === 1);
}

/** The value at the path; undefined where there is none. Numbers index lists. */
export function valueAt(value: unknown, path: FieldPath): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as { [key: string]: unknown })[name];
  }
  return at;
}

/** Puts a value at the path of a result, making the objects in between. */
export function setAt(target: { [key: string]: unknown }, path: FieldPath, value: unknown): void {
  let at = target;
  for (const name of path.slice(0, -1)) {
    const next = Object.hasOwn(at, name) ? at[name] : undefined;
    const inner = typeof next === 'object' && next !== null ? next : {};
    define(at, name, inner);
    at = inner as { [key: string]: unknown };
  }
  define(at, path.at(-1) as string, value);
}

/** Plain assignment would take `__proto__` for something else. */
function define(target: object, name: string, value: unknown): void {
  const shape = { value, enumerable: true, configurable: true, writable: true };
  Object.defineProperty(target, name, shape);
}
