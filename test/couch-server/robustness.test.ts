import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf, openFeed } from './http-client.ts';

const problems: unknown[] = [];
let server: CouchServer;
let client: Client;

beforeEach(async () => {
  problems.length = 0;
  server = await startCouchServer({
    limits: { maxRequestSize: 100_000, maxAttachmentSize: 100_000 },
    log: (message, error) => problems.push([message, error]),
  });
  client = clientOf(server.url);
  await client('PUT', '/db');
});

afterEach(async () => {
  client.close();
  await server.close();
});

describe('a server in trouble', () => {
  it('does not hang in a regular expression that backtracks', async () => {
    await client('PUT', '/db/x', { text: `${'a'.repeat(60)}!` });
    const selector = { text: { $regex: '^(a+)+$' } };
    const { body } = await client('POST', '/db/_find', { selector });
    expect(body.docs).toEqual([]);
  });

  it('answers an upload that it refuses after reading what was sent', async () => {
    const { hostname, port } = new URL(server.url);
    for (const [path, error] of [
      ['/db/x', 'too_large'],
      ['/db/x/file', 'attachment_too_large'],
      ['/none/x', 'not_found'],
    ]) {
      const answer = await new Promise<string>((resolve, reject) => {
        const headers = { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/json' };
        const req = request(
          { hostname, port, path, method: 'PUT', headers, agent: false },
          (res) => {
            let text = '';
            res.on('data', (chunk) => {
              text += chunk;
            });
            res.on('end', () => resolve(text));
          },
        );
        req.on('error', reject);
        for (let n = 0; n < 40; n++) req.write('x'.repeat(10_000));
        req.end();
      });
      expect(JSON.parse(answer).error).toBe(error);
    }
  });

  it('keeps a connection over refused requests', async () => {
    const ports = new Set<unknown>();
    for (let n = 0; n < 5; n++) {
      const answer = await client('PUT', '/none/x', { n });
      ports.add(answer.headers.connection);
      expect(answer.status).toBe(404);
    }
    expect([...ports]).toEqual(['keep-alive']);
  });

  it('tells writers and feeds that their database was deleted under them', async () => {
    const feed = await openFeed(`${server.url}/db/_changes?feed=continuous&since=0`);
    const writes = Array.from({ length: 200 }, (_, n) => client('PUT', `/db/d${n}`, { n }));
    const removed = client('DELETE', '/db');
    const statuses = new Set((await Promise.all(writes)).map(({ status }) => status));
    expect((await removed).status).toBe(200);
    for (const status of statuses) expect([201, 404]).toContain(status);
    await feed.ended;
    expect(problems).toEqual([]);
  });

  it('refuses documents nested too deeply and broken text', async () => {
    const deep = `{"a":${'['.repeat(40_000)}${']'.repeat(40_000)}}`;
    expect((await client('PUT', '/db/deep', deep)).status).toBe(400);
    const broken = Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]);
    expect((await client('PUT', '/db/broken', broken)).status).toBe(400);
    expect((await client('GET', '/db')).body.doc_count).toBe(0);
    expect(problems).toEqual([]);
  });

  it('undoes nothing of others when one of a shared commit is refused', async () => {
    const stub = { a: { stub: true, content_type: 'x/y' } };
    const answers = await Promise.all([
      client('PUT', '/db/one', { n: 1 }),
      client('PUT', '/db/two', { _attachments: stub }),
      client('POST', '/db/_bulk_docs', {
        docs: [{ _id: 'three' }, { _id: 'four', _attachments: stub }],
      }),
      client('PUT', '/db/five', { n: 5 }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([201, 412, 412, 201]);
    const { body } = await client('GET', '/db/_all_docs');
    expect(body.rows.map((row: { id: string }) => row.id)).toEqual(['five', 'one']);
  });
});
