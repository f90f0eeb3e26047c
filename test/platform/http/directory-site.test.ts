import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDirectorySites } from '../../../mockup/platform/http/directory-site.ts';
import { escapeHtml, readableSize } from '../../../mockup/platform/http/listing-page.ts';
import type { StaticSite } from '../../../mockup/platform/http/static-site.ts';

const sites = createDirectorySites();
let root: string;
let site: StaticSite;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'draws-site-'));
  await mkdir(`${root}/cache/weblogs/weblog-1/images`, { recursive: true });
  await writeFile(`${root}/secret`, 'secret');
  await writeFile(`${root}/cache/a.xml`, '<a/>');
  await writeFile(`${root}/cache/product-0.data`, 'x'.repeat(1500));
  await writeFile(`${root}/cache/.hidden`, 'hidden');
  await writeFile(`${root}/cache/weblogs/weblog-1/index.html`, '<h1>Weblog</h1>');
  site = await sites.serve(`${root}/cache`, { host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await site.close();
  await rm(root, { recursive: true, force: true });
});

/** Sends the path as it is: fetch would tidy it first. */
function raw(path: string, method = 'GET', headers: Record<string, string> = {}) {
  return new Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }>(
    (resolve, reject) => {
      const { hostname, port } = new URL(site.url);
      const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
        );
      });
      sent.on('error', reject).end();
    },
  );
}

describe('reading', () => {
  it('lists a directory with sizes and links, without what is hidden', async () => {
    const response = await fetch(`${site.url}/`);
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page).toContain('<a href="/product-0.data">product-0.data</a></td><td>1.5 kB</td>');
    expect(page).toContain('<a href="/weblogs/">weblogs/</a>');
    expect(page).not.toContain('hidden');
    expect(page).not.toContain('secret');
  });

  it('gives files with their types', async () => {
    const xml = await fetch(`${site.url}/a.xml`);
    expect(xml.headers.get('content-type')).toMatch(/^application\/xml/);
    expect(await xml.text()).toBe('<a/>');
    const data = await fetch(`${site.url}/product-0.data`);
    expect(data.headers.get('content-type')).toBe('application/octet-stream');
  });

  it('gives a part of a file', async () => {
    const headers = { range: 'bytes=10-19' };
    const part = await fetch(`${site.url}/product-0.data`, { headers });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 10-19/1500');
    expect(await part.text()).toBe('x'.repeat(10));
    const beyond = await fetch(`${site.url}/a.xml`, { headers: { range: 'bytes=99-' } });
    expect(beyond.status).toBe(416);
    await beyond.text();
  });

  it('tells that nothing has changed', async () => {
    const { etag } = (await raw('/a.xml')).headers;
    const again = await raw('/a.xml', 'GET', { 'if-none-match': String(etag) });
    expect(again).toMatchObject({ status: 304, body: '' });
  });

  it('answers HEAD without a body', async () => {
    const { status, body, headers } = await raw('/product-0.data', 'HEAD');
    expect({ status, body, length: headers['content-length'] }).toEqual({
      status: 200,
      body: '',
      length: '1500',
    });
  });

  it("shows a weblog's own index page at its folder", async () => {
    const redirected = await raw('/weblogs/weblog-1');
    expect(redirected).toMatchObject({ status: 301, headers: { location: '/weblogs/weblog-1/' } });
    expect((await raw('/weblogs/weblog-1/')).body).toBe('<h1>Weblog</h1>');
    expect((await raw('/weblogs/weblog-1/images/')).body).toContain('Nothing is here yet');
  });

  it('escapes names in the page and its links', async () => {
    const name = `<img src=x onerror="a('b')">&#?%`;
    await mkdir(`${root}/cache/${name}`);
    await writeFile(`${root}/cache/${name}/javascript:x?#%41`, 'found');
    const page = (await raw('/')).body;
    expect(page).not.toContain('<img');
    expect(page).toContain(escapeHtml(name));
    const href = /href="(\/%3Cimg[^"]*)"/.exec(page)?.[1] ?? '';
    const inner = (await raw(href)).body;
    const link = /href="([^"]*javascript[^"]*)"/.exec(inner)?.[1] ?? '';
    expect(link).toMatch(/^\/%3Cimg/);
    expect((await raw(link)).body).toBe('found');
  });

  it('lets no page run scripts or load from elsewhere', async () => {
    const { headers } = await raw('/weblogs/weblog-1/');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';/);
    expect(headers['content-security-policy']).not.toContain('script-src');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-powered-by']).toBeUndefined();
  });
});

describe('refusing', () => {
  it.each([
    '/../secret',
    '/%2e%2e/secret',
    '/..%2fsecret',
    '/%2e%2e%2fsecret',
    '/weblogs/../../secret',
    '/weblogs/%2e%2e/%2e%2e/secret',
    '/..\\secret',
    '/..%5csecret',
    '//etc/passwd',
    '/%2fetc%2fpasswd',
    '/.hidden',
    '/%2ehidden',
    '/a.xml%00.html',
    '/%c0%ae%c0%ae/secret',
    '/a.xml/',
    '/missing',
    '/a.xml/below',
    `/${'x'.repeat(300)}`,
  ])('%s is not found', async (path) => {
    const { status, body, headers } = await raw(path);
    expect(status).toBe(404);
    expect(body).not.toContain('secret');
    expect(headers['content-security-policy']).toBeDefined();
  });

  it('never follows links out of the directory, nor to what is hidden', async () => {
    await symlink(`${root}/secret`, `${root}/cache/to-file`);
    await symlink(root, `${root}/cache/to-directory`);
    await symlink('.hidden', `${root}/cache/to-hidden`);
    await symlink('a.xml', `${root}/cache/inside`);
    await symlink('loop', `${root}/cache/loop`);
    expect((await raw('/to-file')).status).toBe(404);
    expect((await raw('/to-directory/secret')).status).toBe(404);
    expect((await raw('/to-hidden')).status).toBe(404);
    expect((await raw('/loop')).status).toBe(404);
    expect((await raw('/inside')).body).toBe('<a/>');
    const page = (await raw('/')).body;
    expect(page).toContain('inside');
    expect(page).not.toMatch(/to-file|to-directory|to-hidden|loop/);
  });

  it('never redirects to another host', async () => {
    for (const path of ['//example.org', '//example.org/%2e%2e', '/\\example.org', '//weblogs']) {
      expect((await raw(path)).status).toBe(404);
    }
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is not allowed', async (method) => {
    const { status, headers } = await raw('/a.xml', method);
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD' });
  });

  it('answers while the directory is missing', async () => {
    await rm(`${root}/cache`, { recursive: true });
    expect((await raw('/')).status).toBe(404);
  });
});

describe('listening', () => {
  it('says that the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      await expect(sites.serve(root, { host: '127.0.0.1', port })).rejects.toMatchObject({
        code: 'port_in_use',
        message: expect.stringContaining(`${port}`),
        hint: expect.stringContaining('another port'),
      });
    } finally {
      other.close();
    }
  });

  it('says why else it can not listen', async () => {
    await expect(sites.serve(root, { host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      code: 'listen_failed',
    });
  });

  it('closes while a connection is open, and again without effect', async () => {
    await raw('/');
    const kept = await fetch(`${site.url}/product-0.data`);
    await site.close();
    await kept.text().catch(() => {});
    await site.close();
    await expect(fetch(site.url)).rejects.toThrow();
  });
});

it.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [5_300_000_000, '5.3 GB'],
])('writes %i as %s', (size, text) => {
  expect(readableSize(size)).toBe(text);
});
