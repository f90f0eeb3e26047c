// The dashboard behind Debian's nginx as people set it up: its documentation's websocket block, with
// `Host` rewritten or passed on, https on another port, and below a path.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { launchOus } from '../../../mockup/core/ous/ous.ts';
import { createDirectorySites } from '../../../mockup/platform/http/directory-site.ts';
import { Releases } from '../../../mockup/platform/process/releases.ts';
import { TestSite, until } from '../server/site.ts';
import { eventually, launchBrowser, openPage, webDirectory } from './browser.ts';

const WEBSOCKET_BLOCK = `
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";`;

const releases = new Releases();
let browser: Browser;
let site: TestSite;
let ports: { plain: number; named: number; secure: number };

beforeAll(async () => {
  browser = await launchBrowser();
  releases.add(() => browser.close());
  const directory = mkdtempSync(join(tmpdir(), 'draws-proxy-'));
  releases.add(async () => rmSync(directory, { recursive: true, force: true }));
  const cache = join(directory, 'cache');
  mkdirSync(join(cache, 'weblogs/one'), { recursive: true });
  writeFileSync(join(cache, 'weblogs/one/index.html'), '<h1>Weblog of one</h1>');
  const shown = await createDirectorySites().serve(cache, { host: '127.0.0.1', port: 0 });
  releases.add(() => shown.close());
  ports = { plain: await freePort(), named: await freePort(), secure: await freePort() };
  site = await TestSite.start({
    webDirectory,
    cacheUrl: shown.url,
    publicUrls: [`https://127.0.0.1:${ports.secure}/dash/`, `http://localhost:${ports.plain}/`],
  });
  releases.add(() => site.stop());
  await startNginx(directory, site.url);
}, 180_000);
afterAll(() => releases.release());

let launched = 0;

async function launch(): Promise<void> {
  launched += 1;
  const context = { timestamp: '2026-07-01T10:00:00.000', by: 'launcher@JAO' };
  const ous = launchOus(undefined, `uid://A001/X1/X${launched}`, '2019.1.01326.S', context);
  await site.put('status-entities', ous);
}

const places = () => [
  ['with Host rewritten', `http://localhost:${ports.plain}/`],
  ['with Host passed on', `http://localhost:${ports.named}/`],
  ['by https on another port, below a path', `https://127.0.0.1:${ports.secure}/dash/`],
];

it('shows page, live changes and the cache in each of the ways', {
  timeout: 180_000,
}, async () => {
  for (const [how = '', url = ''] of places()) {
    const { page, complaints, foreign } = await openPage(browser, url, {
      hash: '#/board',
      ignoreHTTPSErrors: true,
    });
    const count = () =>
      page.locator('[data-state-column="ReadyForProcessing"] .column-count').textContent();
    await eventually(count).toBe(String(launched));
    await launch();
    await eventually(count).toBe(String(launched));
    expect(await page.locator('.live-state').textContent(), how).toBe('live');
    const weblog = await page.context().newPage();
    await weblog.goto(`${url}cache/weblogs/one/`);
    expect(await weblog.textContent('h1'), how).toBe('Weblog of one');
    expect(complaints, how).toEqual([]);
    expect(foreign, how).toEqual([]);
    await page.context().close();
  }
});

it('refuses a page of another origin through the proxy as well', async () => {
  for (const [how = '', url = ''] of places()) {
    const socket = new WebSocket(`${url.replace('http', 'ws')}api/live`, {
      headers: { origin: 'https://evil.example' },
      rejectUnauthorized: false,
    });
    const end = await new Promise((resolve) => {
      socket.on('open', () => resolve('open'));
      socket.on('error', () => resolve('refused'));
    });
    socket.terminate();
    expect(end, how).toBe('refused');
  }
});

async function startNginx(directory: string, dashboard: string): Promise<void> {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')],
      ...['-days', '2', '-subj', '/CN=127.0.0.1'],
    ],
    { stdio: 'ignore' },
  );
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, configuration(directory, dashboard));
  const nginx: ChildProcess = spawn('nginx', ['-c', file, '-p', directory, '-e', 'stderr'], {
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => nginx.once('exit', resolve));
  releases.add(async () => {
    nginx.kill('SIGTERM');
    await ended;
  });
  await until(async () => {
    const answer = await fetch(`http://localhost:${ports.plain}/healthz`).catch(() => undefined);
    return answer?.status === 200;
  });
}

function configuration(directory: string, dashboard: string): string {
  return `
daemon off;
pid ${directory}/nginx.pid;
worker_processes 1;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${ports.plain};
    location / {
      proxy_pass ${dashboard};${WEBSOCKET_BLOCK}
    }
  }
  server {
    listen 127.0.0.1:${ports.named};
    location / {
      proxy_pass ${dashboard};${WEBSOCKET_BLOCK}
      proxy_set_header Host $http_host;
    }
  }
  server {
    listen 127.0.0.1:${ports.secure} ssl;
    ssl_certificate ${directory}/cert.pem;
    ssl_certificate_key ${directory}/key.pem;
    location /dash/ {
      proxy_pass ${dashboard}/;${WEBSOCKET_BLOCK}
    }
  }
}
`;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
