// Uploads: simple (the bytes alone), multipart (metadata and bytes), resumable (in pieces).

import express from 'express';
import type { Buckets } from '../buckets.ts';
import type { Content, ContentStore } from '../content/content-store.ts';
import type { PendingUpload, ResumableUploads } from '../content/resumable-uploads.ts';
import { checkObjectName } from '../object-names.ts';
import { type ObjectRecord, readMetadata, toResource } from '../objects/object-record.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { checkPreconditions } from '../objects/preconditions.ts';
import { invalid } from '../storage-error.ts';
import { checkChecksums, readJson, readMultipart } from './upload-body.ts';

export interface UploadServices {
  buckets: Buckets;
  objects: ObjectStore;
  content: ContentStore;
  uploads: ResumableUploads;
  baseUrl(): string;
}

/** 308 in the sense of resumable uploads: go on. */
const RESUME_INCOMPLETE = 308;
const CONTENT_RANGE = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/;

export function uploadRoutes(services: UploadServices): express.Router {
  const router = express.Router();
  router.post('/b/:bucket/o', async (request, response) => {
    const { bucket } = request.params;
    await services.buckets.get(bucket);
    const { uploadType } = request.query;
    if (uploadType === 'resumable') return begin(services, bucket, request, response);
    const record =
      uploadType === 'multipart'
        ? await putMultipart(services, bucket, request)
        : await putMedia(services, bucket, request);
    response.json(toResource(record, services.baseUrl()));
  });
  router.put('/b/:bucket/o', (request, response) => resume(services, request, response));
  router.delete('/b/:bucket/o', async (request, response) => {
    const id = String(request.query.upload_id);
    await services.uploads.get(id);
    await services.uploads.end(id);
    response.status(499).end();
  });
  return router;
}

async function putMedia(
  { objects, content }: UploadServices,
  bucket: string,
  request: express.Request,
): Promise<ObjectRecord> {
  const name = checkObjectName(request.query.name);
  const written = await content.write(request);
  return finish(objects, content, {
    bucket,
    name,
    metadata: { contentType: request.headers['content-type'] },
    query: { ...request.query },
    content: written,
    hash: header(request, 'x-goog-hash'),
  });
}

async function putMultipart(
  { objects, content }: UploadServices,
  bucket: string,
  request: express.Request,
): Promise<ObjectRecord> {
  const uploaded = await readMultipart(request, content);
  return finish(objects, content, {
    bucket,
    name: uploaded.metadata.name ?? request.query.name,
    metadata: { contentType: uploaded.contentType, ...uploaded.metadata },
    query: { ...request.query },
    content: uploaded.content,
    hash: header(request, 'x-goog-hash'),
  });
}

async function begin(
  { uploads, baseUrl }: UploadServices,
  bucket: string,
  request: express.Request,
  response: express.Response,
): Promise<void> {
  const metadata = await readJson(request);
  const name = checkObjectName(metadata.name ?? request.query.name);
  const contentType = header(request, 'x-upload-content-type');
  const upload: PendingUpload = {
    bucket,
    name,
    metadata: { ...(contentType !== undefined && { contentType }), ...metadata },
    query: { ...request.query },
  };
  readMetadata(upload.metadata);
  const id = await uploads.begin(upload);
  const path = `/upload/storage/v1/b/${bucket}/o?uploadType=resumable&upload_id=${id}`;
  response.set('Location', `${baseUrl()}${path}`).set('X-GUploader-UploadID', id).end();
}

async function resume(
  services: UploadServices,
  request: express.Request,
  response: express.Response,
): Promise<void> {
  const { uploads } = services;
  const upload = await uploads.get(request.query.upload_id);
  const id = String(request.query.upload_id);
  const { first, total, toTheEnd } = contentRange(request);
  let received = await uploads.received(id);
  if (first !== undefined) received = await uploads.add(id, first, request);
  if (!toTheEnd && received !== total) {
    if (received > 0) response.set('Range', `bytes=0-${received - 1}`);
    response.status(RESUME_INCOMPLETE).end();
    return;
  }
  const content = await services.content.adopt(uploads.partPath(id));
  const record = await finish(services.objects, services.content, {
    ...upload,
    content,
    hash: header(request, 'x-goog-hash'),
  });
  await uploads.end(id);
  response.json(toResource(record, services.baseUrl()));
}

/** Where the bytes begin (undefined: a question how many there are) and how many there will be. */
function contentRange(request: express.Request): {
  first?: number;
  total?: number;
  /** The end of this request is the end of the object. */
  toTheEnd: boolean;
} {
  const given = header(request, 'content-range');
  if (given === undefined) return { first: 0, toTheEnd: true };
  const [all, first, last, total] = CONTENT_RANGE.exec(given) ?? [];
  if (!all) throw invalid(`Invalid Content-Range: ${JSON.stringify(given.slice(0, 100))}`);
  return {
    ...(first !== undefined && { first: Number(first) }),
    ...(total !== '*' && { total: Number(total) }),
    toTheEnd: last === '*' && total === '*',
  };
}

interface Finish {
  bucket: string;
  name: unknown;
  metadata: Record<string, unknown>;
  query: Record<string, unknown>;
  content: Content;
  hash: string | undefined;
}

async function finish(
  objects: ObjectStore,
  store: ContentStore,
  { bucket, name, metadata, query, content, hash }: Finish,
): Promise<ObjectRecord> {
  try {
    const checkedName = checkObjectName(name);
    const fields = readMetadata(metadata);
    checkChecksums(content, metadata, hash);
    const check = (current: ObjectRecord | undefined): void =>
      checkPreconditions(query, current, 'write');
    check(await objects.find(bucket, checkedName));
    return await objects.put({ bucket, name: checkedName, content, fields, check });
  } catch (error) {
    await store.remove(content);
    throw error;
  }
}

function header(request: express.Request, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
