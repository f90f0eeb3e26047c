// The storage server: the JSON API of Google Cloud Storage as far as its official clients use it
// for this work. Records are in CouchDB, bytes in files.

import { createServer } from 'node:http';
import { join } from 'node:path';
import express from 'express';
import { describeError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/couch/database.ts';
import { closeServer, listen } from '../../platform/http/listen.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { keepConnections } from '../kept-connections.ts';
import { Announcer, type Publication } from './announcer.ts';
import { Buckets } from './buckets.ts';
import { ContentStore } from './content/content-store.ts';
import { OwnedDirectory } from './content/directory-owner.ts';
import { ResumableUploads } from './content/resumable-uploads.ts';
import { bucketRoutes } from './http/bucket-routes.ts';
import { objectRoutes } from './http/object-routes.ts';
import { uploadRoutes } from './http/upload-routes.ts';
import type { ObjectRecord } from './objects/object-record.ts';
import { ObjectStore } from './objects/object-store.ts';
import { toStorageError } from './storage-error.ts';

export interface StorageServerOptions {
  clock: Clock;
  log: Logger;
  database: Database;
  /** Where the bytes are. */
  directory: string;
  host: string;
  /** 0: any free port. */
  port: number;
  /** By which clients reach it; default: where it listens. */
  publicUrl?: string | undefined;
  publish(publication: Publication): Promise<void>;
  /** A connection on which nothing moves for so long, amid a request, is cut. */
  stall_ms?: number | undefined;
}

const STALL_MS = 300_000;

export interface StorageServer {
  /** For `STORAGE_EMULATOR_HOST`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Throws where the directory is another server's or another database's, and changes nothing then. */
export async function startStorageServer(options: StorageServerOptions): Promise<StorageServer> {
  const owned = await OwnedDirectory.lock(options.directory);
  try {
    return await startIn(owned, options);
  } catch (error) {
    owned.release();
    throw error;
  }
}

async function startIn(
  owned: OwnedDirectory,
  options: StorageServerOptions,
): Promise<StorageServer> {
  const { clock, log, database, directory } = options;
  const known = await knownFiles(database);
  await owned.claim(database, known);
  let url = '';
  const baseUrl = (): string => options.publicUrl?.replace(/\/$/, '') ?? url;
  const content = await ContentStore.open(join(directory, 'content'));
  const uploads = await ResumableUploads.open(join(directory, 'uploads'), () => clock.now());
  const buckets = new Buckets(database, clock);
  const announcer = new Announcer({ ...options, buckets, baseUrl }, () => objects);
  const objects = new ObjectStore({
    ...{ clock, database, content },
    finalized: (record) => announcer.announceSoon(record),
  });
  await moveUnknown(join(directory, 'unknown'), known, content, log);
  const services = { buckets, objects, content, uploads, baseUrl };
  const server = keepConnections(createServer(createApp(services, log)));
  // A large upload takes as long as it takes; one from which nothing comes any more is cut off.
  server.requestTimeout = 0;
  server.setTimeout(options.stall_ms ?? STALL_MS);
  url = await listen(server, options);
  await announcer.start();
  return {
    url,
    close: async () => {
      announcer.stop();
      await closeServer(server);
      owned.release();
    },
  };
}

type Services = Parameters<typeof uploadRoutes>[0];

function createApp(services: Services, log: Logger): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use('/upload/storage/v1', uploadRoutes(services));
  app.use('/resumable/upload/storage/v1', uploadRoutes(services));
  const routes = objectRoutes(services);
  // The Node.js client takes STORAGE_EMULATOR_HOST for the API's root, others put /storage/v1 after it.
  const api = [bucketRoutes(services.buckets, services.objects), routes];
  app.use('/storage/v1', ...api);
  app.use(...api);
  app.use('/download/storage/v1', routes);
  app.use((_request, response) => {
    response.status(404).json({ error: { code: 404, message: 'Not Found', errors: [] } });
  });
  app.use(
    (error: unknown, request: express.Request, response: express.Response, _next: unknown) => {
      const shown = toStorageError(error);
      if (shown.status >= 500) log.error({ reason: describeError(error) }, 'a request failed');
      request.resume();
      if (response.headersSent) return void response.destroy();
      const { status: code, message, reason } = shown;
      const errors = [{ domain: 'global', message, reason }];
      response.status(code).json({ error: { code, message, errors } });
    },
  );
  return app;
}

async function knownFiles(database: Database): Promise<Set<string>> {
  const records = await database.allDocs<ObjectRecord>();
  return new Set(records.flatMap((record) => record.content?.file ?? []));
}

/** Bytes whose record was never written, or that lost their object at a crash. */
async function moveUnknown(
  aside: string,
  known: ReadonlySet<string>,
  content: ContentStore,
  log: Logger,
): Promise<void> {
  const moved = await content.moveUnknown(known, aside);
  if (moved > 0) log.warn({ moved, to: aside }, 'moved content aside that no object has');
}
