// The cache through this server, for pages that a proxy shows elsewhere: there the site of the cache
// has no address of its own. What is in it came from pipelines: it runs no scripts, and is nobody.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { Request, Response } from 'express';
import { pathNames, urlPathOf } from '../../../mockup/platform/http/site-path.ts';
import { ApiError, errorAnswer, notFound } from './api-error.ts';

const PASSED_HEADERS = ['content-type', 'content-length', 'last-modified'];
/** Instead of what the cache's site says. */
const POLICY =
  "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; " +
  "font-src 'self' data:; media-src 'self'; base-uri 'none'; form-action 'none'; sandbox";
const ANSWER_LIMIT_MS = 20_000;

/** `cacheUrl`: of the site that shows the cache, without a trailing slash. */
export function cacheThrough(cacheUrl: string) {
  return async (request: Request, response: Response): Promise<void> => {
    const names = pathNames(request.path);
    if (!names) {
      const { status, body } = errorAnswer(notFound('there is no such place'));
      response.status(status).json(body);
      return;
    }
    const kind = request.path.endsWith('/') ? 'directory' : 'file';
    const answer = await fetch(`${cacheUrl}${urlPathOf(names, kind)}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    }).catch(() => {
      throw new ApiError(503, 'cache_silent', 'the site of the cache does not answer');
    });
    response.set('Content-Security-Policy', POLICY);
    response.removeHeader('X-Frame-Options');
    // A directory without its slash: relative, so that it is below whatever path the proxy shows.
    if (answer.status >= 300 && answer.status < 400) {
      response.redirect(302, `${encodeURIComponent(names.at(-1) ?? '')}/`);
      return;
    }
    response.status(answer.status);
    for (const name of PASSED_HEADERS) {
      const value = answer.headers.get(name);
      if (value) response.set(name, value);
    }
    if (!answer.body) {
      response.end();
      return;
    }
    const body = Readable.fromWeb(answer.body as ReadableStream);
    // A reader who leaves is no error.
    await pipeline(body, response).catch(() => response.destroy());
  };
}
