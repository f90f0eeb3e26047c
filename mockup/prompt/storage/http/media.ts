// The bytes of an object, all or a range of them.

import type express from 'express';
import type { ContentStore } from '../content/content-store.ts';
import type { ObjectRecord } from '../objects/object-record.ts';

const RANGE = /^bytes=(\d*)-(\d*)$/;

export function sendMedia(
  record: ObjectRecord,
  store: ContentStore,
  request: express.Request,
  response: express.Response,
): void {
  const { content, fields } = record;
  response.set({
    'Accept-Ranges': 'bytes',
    'Cache-Control': fields.cacheControl ?? 'no-cache',
    'Content-Type': fields.contentType ?? 'application/octet-stream',
    'X-Content-Type-Options': 'nosniff',
    'X-Goog-Generation': record.generation,
    'X-Goog-Metageneration': String(record.metageneration),
    'X-Goog-Hash': `crc32c=${content.crc32c},md5=${content.md5Hash}`,
    'X-Goog-Stored-Content-Length': String(content.size_bytes),
    'X-Goog-Stored-Content-Encoding': fields.contentEncoding ?? 'identity',
    ...(fields.contentEncoding !== undefined && { 'Content-Encoding': fields.contentEncoding }),
    ...(fields.contentDisposition !== undefined && {
      'Content-Disposition': fields.contentDisposition,
    }),
  });
  const range = rangeOf(request.headers.range, content.size_bytes);
  if (range === 'unsatisfiable') {
    response.set('Content-Range', `bytes */${content.size_bytes}`).status(416).end();
    return;
  }
  const length = range ? range.last - range.first + 1 : content.size_bytes;
  response.set('Content-Length', String(length));
  if (range) {
    const shown = `bytes ${range.first}-${range.last}/${content.size_bytes}`;
    response.set('Content-Range', shown).status(206);
  }
  if (request.method === 'HEAD' || length === 0) {
    response.end();
    return;
  }
  const stream = store.read(content, range);
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  stream.pipe(response);
}

/** Undefined: all of it, as where the header can't be read. */
function rangeOf(
  header: string | undefined,
  size: number,
): { first: number; last: number } | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = RANGE.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first >= size || (from !== '' && to !== '' && Number(to) < first)) return 'unsatisfiable';
  return { first, last };
}
