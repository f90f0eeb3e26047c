/**
 * Bytes that a JSON value takes, roughly, without making the JSON: documents of this server are
 * not serialised on their way to another of its databases.
 */
export function estimatedBytes(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 5;
  let bytes = 2;
  for (const [key, member] of Object.entries(value))
    bytes += key.length + 4 + estimatedBytes(member);
  return bytes;
}
