// An object as the database has it, and as the JSON API shows it.

import { z } from 'zod';
import type { Content } from '../content/content-store.ts';
import { invalid } from '../storage-error.ts';

/** What a download's head can say. */
const header = z
  .string()
  .max(1024)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'no control characters, and none beyond Latin-1')
  .optional();

/** What a client may set. */
export const objectMetadata = z.object({
  contentType: header,
  contentEncoding: header,
  contentDisposition: header,
  contentLanguage: header,
  cacheControl: header,
  customTime: z.string().max(64).optional(),
  metadata: z.record(z.string().max(1024), z.string().max(8192)).nullable().optional(),
});

export type ObjectMetadata = z.infer<typeof objectMetadata>;

export interface ObjectRecord {
  _id: string;
  _rev?: string;
  kind: 'object';
  bucket: string;
  name: string;
  /** Microseconds since 1970 as a decimal number; grows with each content. */
  generation: string;
  metageneration: number;
  content: Content;
  fields: ObjectMetadata;
  componentCount?: number;
  timeCreated: string;
  updated: string;
  /** Generations whose OBJECT_FINALIZE was not published yet, as they were. */
  unannounced: Finalized[];
  /** There where `unannounced` is not empty: what the index has. */
  announcing?: true | undefined;
}

/** A generation at the moment when it was there. */
export type Finalized = Omit<ObjectRecord, '_id' | '_rev' | 'kind' | 'unannounced' | 'announcing'>;

/** Throws 400 where the fields that a client gives are no metadata. */
export function readMetadata(given: unknown): ObjectMetadata {
  const read = objectMetadata.safeParse(given ?? {});
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw invalid(`Invalid value for ${issue?.path.join('.')}: ${issue?.message}`);
}

/** No file of a bucket has an id that begins with `_`: bucket names do not. */
export function objectId(bucket: string, name: string): string {
  return `${bucket}/${name}`;
}

export function toResource(record: Finalized, baseUrl: string): Record<string, unknown> {
  const { bucket, name, generation, content, fields } = record;
  const path = `b/${bucket}/o/${encodeURIComponent(name)}`;
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${baseUrl}/storage/v1/${path}`,
    mediaLink: `${baseUrl}/download/storage/v1/${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation,
    metageneration: String(record.metageneration),
    contentType: fields.contentType ?? 'application/octet-stream',
    ...fields,
    storageClass: 'STANDARD',
    size: String(content.size_bytes),
    ...(record.componentCount === undefined
      ? { md5Hash: content.md5Hash }
      : { componentCount: record.componentCount }),
    crc32c: content.crc32c,
    etag: Buffer.from(`${generation}/${record.metageneration}`).toString('base64'),
    timeCreated: record.timeCreated,
    updated: record.updated,
    timeStorageClassUpdated: record.timeCreated,
    timeFinalized: record.timeCreated,
  };
}
