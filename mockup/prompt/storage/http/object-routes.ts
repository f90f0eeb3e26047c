// Objects by the JSON API: list, look, read, change, copy, compose, delete.

import express from 'express';
import type { Buckets } from '../buckets.ts';
import type { ContentStore } from '../content/content-store.ts';
import { checkObjectName } from '../object-names.ts';
import { listObjects } from '../objects/object-listing.ts';
import { type ObjectRecord, readMetadata, toResource } from '../objects/object-record.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { checkChange, checkPreconditions, checkSource } from '../objects/preconditions.ts';
import { invalid } from '../storage-error.ts';
import { sendMedia } from './media.ts';

export interface ObjectServices {
  buckets: Buckets;
  objects: ObjectStore;
  content: ContentStore;
  baseUrl(): string;
}

const COMPOSE_MAX = 32;

interface ComposeSource {
  name?: unknown;
  generation?: unknown;
  objectPreconditions?: Record<string, unknown>;
}

export function objectRoutes(services: ObjectServices): express.Router {
  const { buckets, objects, content, baseUrl } = services;
  const router = express.Router();
  const json = express.json({ limit: '1mb', type: () => true });
  router.get('/b/:bucket/o', async (request, response) => {
    const { bucket } = request.params;
    await buckets.get(bucket);
    const text = (key: string): string => String(request.query[key] ?? '');
    const { items, ...rest } = await listObjects(objects, {
      bucket,
      ...{ prefix: text('prefix'), delimiter: text('delimiter'), pageToken: text('pageToken') },
      ...{ startOffset: text('startOffset'), endOffset: text('endOffset') },
      maxResults: Number(text('maxResults')) || 0,
    });
    const resources = items.map((record) => toResource(record, baseUrl()));
    response.json({ kind: 'storage#objects', items: resources, ...rest });
  });
  router.get('/b/:bucket/o/:object', async (request, response) => {
    const record = await find(services, request);
    checkPreconditions(request.query, record, 'read');
    if (request.query.alt === 'media') return sendMedia(record, content, request, response);
    response.json(toResource(record, baseUrl()));
  });
  router.delete('/b/:bucket/o/:object', async (request, response) => {
    const { bucket, object } = request.params;
    await buckets.get(bucket);
    await objects.remove(bucket, object, (current) => checkChange(request.query, current));
    response.status(204).end();
  });
  const change =
    (keep: boolean) => async (request: express.Request, response: express.Response) => {
      const { bucket, object } = request.params as { bucket: string; object: string };
      const given = readMetadata(request.body);
      const record = await objects.patch(bucket, object, (current) => {
        checkChange(request.query, current);
        const metadata = mergedMetadata(
          keep ? current.fields.metadata : undefined,
          given.metadata,
        );
        return { ...(keep && current.fields), ...given, ...(metadata && { metadata }) };
      });
      response.json(toResource(record, baseUrl()));
    };
  router.patch('/b/:bucket/o/:object', json, change(true));
  router.put('/b/:bucket/o/:object', json, change(false));
  router.post('/b/:bucket/o/:object/compose', json, async (request, response) => {
    const { bucket, object } = request.params as { bucket: string; object: string };
    response.json(toResource(await compose(services, bucket, object, request), baseUrl()));
  });
  router.post(
    ['copyTo', 'rewriteTo'].map((verb) => `/b/:bucket/o/:object/${verb}/b/:toBucket/o/:toObject`),
    json,
    async (request, response) => {
      const copy = await copyObject(services, request);
      const resource = toResource(copy, baseUrl());
      if (request.path.includes('/copyTo/')) return void response.json(resource);
      const size = String(copy.content.size_bytes);
      response.json({
        kind: 'storage#rewriteResponse',
        ...{ totalBytesRewritten: size, objectSize: size, done: true, resource },
      });
    },
  );
  return router;
}

async function find({ objects, buckets }: ObjectServices, request: express.Request) {
  const { bucket, object } = request.params as { bucket: string; object: string };
  await buckets.get(bucket);
  return objects.get(bucket, object, request.query.generation);
}

/** `null` takes all of it away; a key with an empty value stays. */
function mergedMetadata(
  current: Record<string, string> | null | undefined,
  given: Record<string, string> | null | undefined,
): Record<string, string> | undefined {
  if (given === null) return {};
  return given ? { ...current, ...given } : undefined;
}

async function compose(
  { objects, content, buckets }: ObjectServices,
  bucket: string,
  name: string,
  request: express.Request,
): Promise<ObjectRecord> {
  await buckets.get(bucket);
  const { sourceObjects, destination } = (request.body ?? {}) as Record<string, unknown>;
  const sources = Array.isArray(sourceObjects) ? sourceObjects : [];
  if (sources.length === 0 || sources.length > COMPOSE_MAX) {
    throw invalid(`compose takes 1 to ${COMPOSE_MAX} source objects`);
  }
  const records: ObjectRecord[] = [];
  for (const source of sources as ComposeSource[]) {
    const record = await objects.get(bucket, checkObjectName(source.name), source.generation);
    checkPreconditions(source.objectPreconditions ?? {}, record, 'write');
    records.push(record);
  }
  const fields = readMetadata(destination);
  const check = (current: ObjectRecord | undefined): void =>
    checkPreconditions(request.query, current, 'write');
  check(await objects.find(bucket, name));
  const joined = await content.write(chained(records, content));
  const componentCount = records.reduce((sum, record) => sum + (record.componentCount ?? 1), 0);
  return objects.put({
    ...{ bucket, name: checkObjectName(name), content: joined, fields, componentCount, check },
  });
}

async function* chained(
  records: readonly ObjectRecord[],
  content: ContentStore,
): AsyncGenerator<Uint8Array> {
  for (const record of records) yield* content.read(record.content);
}

async function copyObject(
  { objects, content, buckets }: ObjectServices,
  request: express.Request,
): Promise<ObjectRecord> {
  const { bucket, object, toBucket, toObject } = request.params as Record<string, string>;
  await buckets.get(toBucket ?? '');
  const { sourceGeneration } = request.query;
  const source = await objects.get(bucket ?? '', object ?? '', sourceGeneration);
  checkSource(request.query, source);
  const given = request.body as Record<string, unknown> | undefined;
  const replaced = given && Object.keys(given).length > 0 ? readMetadata(given) : undefined;
  return objects.put({
    bucket: toBucket ?? '',
    name: checkObjectName(toObject),
    content: await content.write(content.read(source.content)),
    fields: replaced ?? source.fields,
    componentCount: source.componentCount,
    check: (current) => checkPreconditions(request.query, current, 'write'),
  });
}
