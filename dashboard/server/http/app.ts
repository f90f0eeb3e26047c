// The HTTP side of the dashboard: JSON API, metrics, health, links to the cache, and the page.
// Everything is read-only.

import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { isTimestamp } from '../../../mockup/core/timestamps.ts';
import type { Logger } from '../../../mockup/platform/log/logger.ts';
import { type AllowedHosts, isAllowedHost, isPartOfForeignPage } from '../live/origin.ts';
import { ApiError, badParameter, errorAnswer, notFound } from './api-error.ts';
import { cacheLinks } from './cache-links.ts';
import { cacheThrough } from './cache-through.ts';
import { headersWithWeblogs, securityHeaders } from './headers.ts';
import { pageFiles } from './page-files.ts';

/** What is behind each address; answers are texts of JSON where they may be large. */
export interface AppSources {
  hosts: AllowedHosts;
  log: Logger;
  webDirectory: string;
  cacheUrl: string | undefined;
  /** A proxy shows it elsewhere: the cache's own address is of no use there. */
  isPublic: boolean;
  snapshot(): Buffer;
  histories(): string;
  ous(id: string): Promise<object>;
  ousMessages(id: string): Promise<object>;
  processLog(process: string): Promise<object>;
  ousLog(id: string, span: { from_ms: number; to_ms: number }): Promise<object>;
  visit(id: string): Promise<object>;
  delivered(before: string): Promise<object>;
  table(name: string, request: Request): Promise<object>;
  metrics(): Promise<string>;
  health(): { isWell: boolean; body: object };
  /** What pages may do; undefined: nothing, and there is no such place. */
  control: RequestHandler | undefined;
}

const ID_LENGTH_MAX = 1000;
const CONTROL_PATH = '/api/control';

export function createApp(sources: AppSources): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  const headers = sources.control ? headersWithWeblogs(sources.cacheUrl) : securityHeaders;
  app.use((request, response, next) => {
    response.set(headers);
    if (!isAllowedHost(request, sources.hosts)) {
      throw new ApiError(403, 'unknown_host', 'this server has another name (--allow-host NAME)');
    }
    if (isBelowControl(request)) return next();
    if (request.method === 'GET' || request.method === 'HEAD') return next();
    response.set('Allow', 'GET, HEAD');
    throw new ApiError(405, 'read_only', 'the dashboard can only be read');
  });
  app.use(['/api', '/metrics', '/healthz', '/cache'], (request, response, next) => {
    response.set('Cache-Control', 'no-store');
    if (!isPartOfForeignPage(request)) return next();
    throw new ApiError(403, 'foreign_page', 'this is for pages of this server');
  });
  if (sources.control) app.use(CONTROL_PATH, sources.control);
  addApi(app, sources);
  const { cacheUrl, isPublic } = sources;
  app.use('/cache', isPublic && cacheUrl ? cacheThrough(cacheUrl) : cacheLinks(cacheUrl));
  app.get('/metrics', async (_request, response) => {
    const text = await sources.metrics();
    response.type('text/plain; version=0.0.4; charset=utf-8').send(text);
  });
  app.get('/healthz', (_request, response) => {
    const { isWell, body } = sources.health();
    response.status(isWell ? 200 : 503).json(body);
  });
  app.use(pageFiles(sources.webDirectory));
  app.use(() => {
    throw notFound('there is nothing here');
  });
  app.use(errorHandler(sources.log));
  return app;
}

function isBelowControl({ path }: Request): boolean {
  return path.toLowerCase() === CONTROL_PATH || path.toLowerCase().startsWith(`${CONTROL_PATH}/`);
}

function addApi(app: express.Express, sources: AppSources): void {
  app.get('/api/snapshot', (_request, response) => {
    response.type('json').send(sources.snapshot());
  });
  app.get('/api/histories', (_request, response) => {
    response.type('json').send(sources.histories());
  });
  app.get('/api/ous/:id', async (request, response) => {
    response.json(await sources.ous(idOf(request)));
  });
  app.get('/api/ous/:id/messages', async (request, response) => {
    response.json(await sources.ousMessages(idOf(request)));
  });
  app.get('/api/ous/:id/log', async (request, response) => {
    const span = {
      from_ms: millisecondsOf(request, 'from'),
      to_ms: millisecondsOf(request, 'to'),
    };
    response.json(await sources.ousLog(idOf(request), span));
  });
  app.get('/api/logs/:process', async (request, response) => {
    response.json(await sources.processLog(String(request.params.process)));
  });
  app.get('/api/visits/:id', async (request, response) => {
    response.json(await sources.visit(idOf(request)));
  });
  app.get('/api/delivered', async (request, response) => {
    response.json(await sources.delivered(beforeOf(request)));
  });
  app.get('/api/tables/:name', async (request, response) => {
    response.json(await sources.table(String(request.params.name), request));
  });
  app.use('/api', () => {
    throw notFound('there is no such part of the API');
  });
}

function idOf(request: Request): string {
  const id = String(request.params.id);
  if (id.length <= ID_LENGTH_MAX) return id;
  throw notFound('there is nothing of this name');
}

function millisecondsOf({ query }: Request, name: string): number {
  const value = query[name];
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value);
  throw badParameter(`${name}: expected milliseconds since 1970`);
}

const AFTER_ALL_TIMES = '9999';

function beforeOf({ query }: Request): string {
  const { before = AFTER_ALL_TIMES } = query;
  if (before === AFTER_ALL_TIMES) return before;
  if (typeof before === 'string' && isTimestamp(before)) return before;
  throw badParameter('before: expected a timestamp such as 2026-01-05T00:00:00.000');
}

function errorHandler(log: Logger) {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const { status, body } = errorAnswer(error);
    if (status >= 500) log.warn({ error, path: request.path }, 'a request failed');
    if (response.headersSent) response.destroy();
    else response.status(status).json(body);
  };
}
