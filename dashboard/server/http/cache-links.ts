// `/cache/…` sends the reader on to the site that shows the cache. What could lead anywhere else is
// refused here already.

import type { Request, Response } from 'express';
import { pathNames, urlPathOf } from '../../../mockup/platform/http/site-path.ts';
import { errorAnswer, notFound } from './api-error.ts';

const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/;

/** `cacheUrl`: of the site that shows the cache, without a trailing slash. */
export function cacheLinks(cacheUrl: string | undefined) {
  return (request: Request, response: Response): void => {
    const names = pathNames(request.path);
    if (!cacheUrl || !names) {
      const { status, body } = errorAnswer(
        notFound(names ? 'this dashboard knows of no cache' : 'there is no such place'),
      );
      response.status(status).json(body);
      return;
    }
    const kind = request.path.endsWith('/') ? 'directory' : 'file';
    response.redirect(302, `${asSeenFrom(request, cacheUrl)}${urlPathOf(names, kind)}`);
  };
}

/** To who calls this machine by another name, `localhost` is not this machine. */
function asSeenFrom(request: Request, cacheUrl: string): string {
  const url = new URL(cacheUrl);
  const asked = URL.parse(`http://${request.headers.host}`)?.hostname;
  if (!asked || !LOOPBACK.test(url.hostname) || LOOPBACK.test(asked)) return cacheUrl;
  url.hostname = asked;
  return url.href.replace(/\/+$/, '');
}
