// The order of document ids and file names: by the bytes of their UTF-8.

export function compareIds(a: string, b: string): number {
  if (isAscii(a) && isAscii(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}
