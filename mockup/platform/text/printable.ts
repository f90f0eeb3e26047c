// What is shown to a person comes from documents and messages: control characters in it must not
// reach the terminal, which would obey them, nor those that turn the direction of what follows, so
// that a person reads another thing than what is there.

// C0 without tab and line end, DEL, C1; marks, embeddings, overrides and isolates of direction;
// line and paragraph separators; deprecated formatting characters.
const OBEYED =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]/g;

/** Keeps line ends and tabs; what a terminal would obey is replaced by U+FFFD. */
export function printable(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(OBEYED, '\ufffd');
}

/** A text that stays on one line. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\n\t]+/g, ' ');
}

/**
 * The same characters written as `\u009b`, for what is printed whole: JSON (which it leaves the same
 * value, for they stand in strings only) and texts that went through nothing else.
 */
export function escaped(text: string): string {
  return text.replace(
    OBEYED,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A copy of a JSON value whose texts and names are printable. */
export function printableValue(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(printableValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [printable(name), printableValue(item)]),
  );
}
