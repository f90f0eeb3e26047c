/** Paths the way CouchDB writes and reads them: `+` is a space, and a slash in a name is `%2F`. */
import { badRequest } from '../../couch-error.ts';

/** Throws CouchError 400. */
export function decodeSegment(part: string): string {
  if (!part.includes('%') && !part.includes('+')) return part;
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    throw badRequest('invalid_url_encoding');
  }
}

const PLAIN = /^[A-Za-z0-9_.:-]*$/;

/** Encodes all but letters, digits and `_ . - :`. */
export function encodeSegment(name: string): string {
  if (PLAIN.test(name)) return name;
  return encodeURIComponent(name)
    .replaceAll('%3A', ':')
    .replaceAll(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
