/** Values the way CouchDB shows them in the reasons of its errors: as Erlang terms. */

const LENGTH_MAX = 500;

/** `plain`: letters as letters, not as the numbers of their bytes. */
export function termText(value: unknown, plain = false): string {
  const text = term(value, plain);
  return text.length <= LENGTH_MAX ? text : `${text.slice(0, LENGTH_MAX)}…`;
}

function term(value: unknown, plain: boolean): string {
  if (typeof value === 'string') return stringTerm(value.slice(0, LENGTH_MAX), plain);
  if (Array.isArray(value)) {
    const items = value.slice(0, LENGTH_MAX).map((one) => term(one, plain));
    return `[${items.join(',')}]`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).slice(0, LENGTH_MAX);
  return `{[${entries.map(([key, one]) => `{${term(key, plain)},${term(one, plain)}}`).join(',')}]}`;
}

function stringTerm(text: string, plain: boolean): string {
  if (text === '') return '<<>>';
  return plain ? `<<"${text}">>` : `<<${[...Buffer.from(text)].join(',')}>>`;
}
