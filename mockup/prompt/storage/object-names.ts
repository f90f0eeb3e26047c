// Names of buckets and objects. An object's name is a key, never a path: no file is named by it.
// Source: the naming rules of Google Cloud Storage.

import { invalid } from './storage-error.ts';

const BUCKET = /^[a-z0-9](?:[a-z0-9._-]{1,61})[a-z0-9]$/;
const NAME_BYTES_MAX = 1024;

export function checkBucketName(name: unknown): string {
  const text = String(name ?? '');
  if (BUCKET.test(text) && !text.includes('..')) return text;
  throw invalid(`Invalid bucket name: ${JSON.stringify(text.slice(0, 100))}`);
}

export function checkObjectName(name: unknown): string {
  const text = String(name ?? '');
  const bytes = Buffer.byteLength(text);
  if (bytes === 0) throw invalid('Required: an object name');
  if (bytes > NAME_BYTES_MAX) throw invalid(`an object name has at most ${NAME_BYTES_MAX} bytes`);
  const good = text.isWellFormed() && !/[\r\n\0\u{fffe}\u{ffff}]/u.test(text);
  if (good && text !== '.' && text !== '..') return text;
  throw invalid(`Invalid object name: ${JSON.stringify(text.slice(0, 100))}`);
}
