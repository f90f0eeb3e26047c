// Buckets and their notification configurations.

import express from 'express';
import type { Bucket, Buckets, Notification } from '../buckets.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { StorageError } from '../storage-error.ts';

export function bucketRoutes(buckets: Buckets, objects: ObjectStore): express.Router {
  const router = express.Router();
  const json = express.json({ limit: '1mb', type: () => true });
  router.post('/b', json, async (request, response) => {
    response.json(bucketResource(await buckets.create(request.body?.name)));
  });
  router.get('/b', async (request, response) => {
    const prefix = String(request.query.prefix ?? '');
    const found = (await buckets.list()).filter(({ name }) => name.startsWith(prefix));
    response.json({ kind: 'storage#buckets', items: found.map(bucketResource) });
  });
  router.get('/b/:bucket', async (request, response) => {
    response.json(bucketResource(await buckets.get(request.params.bucket)));
  });
  router.delete('/b/:bucket', async (request, response) => {
    const { bucket } = request.params;
    await buckets.get(bucket);
    const [first] = await objects.list({
      startKey: `${bucket}/`,
      endKey: `${bucket}/\u{10ffff}`,
      limit: 1,
    });
    if (first)
      throw new StorageError(409, 'conflict', 'The bucket you tried to delete is not empty.');
    await buckets.remove(bucket);
    response.status(204).end();
  });
  router.get('/b/:bucket/notificationConfigs', async (request, response) => {
    const { name, notifications } = await buckets.get(request.params.bucket);
    const items = notifications.map((one) => notificationResource(name, one));
    response.json({ kind: 'storage#notifications', ...(items.length > 0 && { items }) });
  });
  router.post('/b/:bucket/notificationConfigs', json, async (request, response) => {
    const bucket = String(request.params.bucket);
    const added = await buckets.addNotification(bucket, request.body);
    response.json(notificationResource(bucket, added));
  });
  router.get('/b/:bucket/notificationConfigs/:id', async (request, response) => {
    const { name, notifications } = await buckets.get(request.params.bucket);
    const found = notifications.find(({ id }) => id === request.params.id);
    if (!found) throw new StorageError(404, 'notFound', 'no such notification');
    response.json(notificationResource(name, found));
  });
  router.delete('/b/:bucket/notificationConfigs/:id', async (request, response) => {
    await buckets.removeNotification(request.params.bucket, request.params.id);
    response.status(204).end();
  });
  return router;
}

function bucketResource({ name, timeCreated }: Bucket): Record<string, unknown> {
  return {
    kind: 'storage#bucket',
    ...{ id: name, name, timeCreated, updated: timeCreated },
    projectNumber: '0',
    metageneration: '1',
    location: 'US',
    locationType: 'multi-region',
    storageClass: 'STANDARD',
    etag: 'CAE=',
  };
}

function notificationResource(bucket: string, { topic, ...rest }: Notification) {
  return {
    kind: 'storage#notification',
    ...rest,
    topic: `//pubsub.googleapis.com/${topic}`,
    etag: rest.id,
    selfLink: `/storage/v1/b/${bucket}/notificationConfigs/${rest.id}`,
  };
}
