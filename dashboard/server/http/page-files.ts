// The built page: its files; every other path leads to it, because its own addresses are all behind
// the `#`. Names of assets hold their content's hash, so that they may be kept for ever.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Router } from 'express';
import { notFound } from './api-error.ts';

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="3">
<title>Dashboard</title>
</head>
<body>
<h1>The page is not built yet</h1>
<p>It is built by <code>scripts/start</code>, or by <code>scripts/build-dashboard</code>.
This page looks again every three seconds. The data are there already:
<a href="/api/snapshot">/api/snapshot</a>, <a href="/metrics">/metrics</a>.</p>
</body>
</html>
`;

/** `directory`: with `index.html` and `assets/`; it need not be there yet. */
export function pageFiles(directory: string): Router {
  const router = express.Router();
  router.use(
    '/assets',
    express.static(join(directory, 'assets'), {
      immutable: true,
      maxAge: '365d',
      index: false,
      redirect: false,
    }),
    () => {
      throw notFound('there is no such part of the page');
    },
  );
  router.use(express.static(directory, { cacheControl: false, redirect: false, index: false }));
  router.use((request, response, next) => {
    if (!request.accepts('html') || /\.\w+$/.test(request.path)) return next();
    if (request.path !== '/') return response.redirect(302, '/');
    response.set('Cache-Control', 'no-cache');
    if (!existsSync(join(directory, 'index.html'))) {
      response.status(503).type('html').send(NOT_BUILT);
      return;
    }
    response.sendFile('index.html', { root: directory, cacheControl: false }, (error) => {
      if (error) next(error);
    });
  });
  return router;
}
