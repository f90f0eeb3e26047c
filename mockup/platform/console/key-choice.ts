// Keys that stand for answers: `{ F: 'Fail', P: 'Pass' }` is asked as `[F]ail, [P]ass`.

/** The key as it stands in `keys`, in either case; undefined where it is none of them. */
export function findKey(keys: Record<string, string>, typed: string): string | undefined {
  const text = typed.trim();
  if (Object.hasOwn(keys, text)) return text;
  return Object.keys(keys).find((key) => key.toLowerCase() === text.toLowerCase());
}

export function keyLabels(keys: Record<string, string>): string {
  const labels = Object.entries(keys).map(([key, label]) =>
    label.startsWith(key) ? `[${key}]${label.slice(key.length)}` : `[${key}] ${label}`,
  );
  return labels.join(', ');
}
