// The live adapter of StaticSites: a directory read-only over HTTP, with listings. What is in it
// came from pipelines and weblogs, so pages of it run no scripts and reach nothing outside.

import { createServer } from 'node:http';
import { basename, dirname } from 'node:path';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { FileEntry, Files } from '../files/files.ts';
import { createLocalFiles } from '../files/local-files.ts';
import { closeServer, listen } from './listen.ts';
import { listingPage } from './listing-page.ts';
import { findPlace, isServable, pathNames, urlPathOf } from './site-path.ts';
import type { StaticSites } from './static-site.ts';

const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "img-src 'self' data:",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    "media-src 'self'",
    "frame-src 'self'",
    // Of this machine, the dashboard too, wherever it listens.
    "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

export function createDirectorySites(): StaticSites {
  return {
    async serve(directory, options) {
      const server = createServer(createSite(directory, createLocalFiles()));
      const url = await listen(server, options);
      return { url, close: () => closeServer(server) };
    },
  };
}

function createSite(root: string, files: Files): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    response.set(HEADERS);
    if (request.method === 'GET' || request.method === 'HEAD') return next();
    response.set('Allow', 'GET, HEAD');
    refuse(response, 405, 'this site can only be read');
  });
  app.use((request, response, next) => answer(root, files, request, response, next));
  app.use(answerError);
  return app;
}

async function answer(
  root: string,
  files: Files,
  request: Request,
  response: Response,
  next: NextFunction,
): Promise<void> {
  const names = pathNames(request.path);
  const place = names && (await findPlace(root, names));
  const slash = request.path.endsWith('/');
  if (!names || !place || (place.kind === 'file' && slash)) {
    refuse(response, 404, 'there is nothing here');
    return;
  }
  if (place.kind === 'file') return sendFile(response, place.path, next);
  if (!slash) return response.redirect(301, urlPathOf(names, 'directory'));
  const index = await findPlace(root, [...names, 'index.html']);
  if (index?.kind === 'file') return sendFile(response, index.path, next);
  response.type('html').send(listingPage(names, await visibleEntries(files, root, names)));
}

/** Links are shown as what they lead to, where that may be seen. */
async function visibleEntries(files: Files, root: string, names: string[]): Promise<FileEntry[]> {
  const directory = await findPlace(root, names);
  const entries = await files.list(directory?.path ?? root);
  const shown: FileEntry[] = [];
  for (const entry of entries) {
    if (!isServable(entry.name)) continue;
    const found = entry.kind === 'other' ? await followLink(files, root, names, entry) : entry;
    if (found) shown.push(found);
  }
  return shown;
}

async function followLink(
  files: Files,
  root: string,
  names: string[],
  { name }: FileEntry,
): Promise<FileEntry | undefined> {
  const place = await findPlace(root, [...names, name]);
  const target = place && (await files.stat(place.path));
  return target && { ...target, name };
}

/** With content type, conditional and range requests. */
function sendFile(response: Response, path: string, next: NextFunction): void {
  const options = { root: dirname(path), cacheControl: false, dotfiles: 'allow' } as const;
  response.sendFile(basename(path), options, (error) => {
    if (error) next(error);
  });
}

function answerError(
  error: NodeJS.ErrnoException & { status?: number },
  _request: Request,
  response: Response,
  _next: NextFunction,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error.code === 'EACCES') refuse(response, 403, 'this may not be read');
  else if (error.status === 416) refuse(response, 416, 'there is no such range');
  else if (error.status === 404) refuse(response, 404, 'there is nothing here');
  else refuse(response, 500, 'this could not be read');
}

function refuse(response: Response, status: number, reason: string): void {
  response.status(status).type('text').send(`${status}: ${reason}\n`);
}
