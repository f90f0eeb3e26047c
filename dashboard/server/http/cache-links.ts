// `/cache/…` sends the reader on to the site that shows the cache. What could lead anywhere else is
// refused here already.

import type { Request, Response } from 'express';
import { pathNames, urlPathOf } from '../../../mockup/platform/http/site-path.ts';
import { errorAnswer, notFound } from './api-error.ts';

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
    response.redirect(302, `${cacheUrl}${urlPathOf(names, kind)}`);
  };
}
