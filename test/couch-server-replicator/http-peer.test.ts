import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../mockup/couch-server/replicator/peers/endpoint.ts';
import { HttpPeer } from '../../mockup/couch-server/replicator/peers/http-peer.ts';

// Servers that behave in ways which the embedded one does not: old ones without `_bulk_get`, ones
// that cut connections, refuse documents, or send nonsense.

type Answer = { status: number; body: unknown } | 'cut' | { raw: string };
type Rule = (request: { method: string; path: string; body: unknown }) => Answer;

const release: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of release.splice(0)) await end();
});

async function serve(rule: Rule) {
  const seen: { method: string; path: string; agent: string | undefined }[] = [];
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url: path = '' } = request;
    seen.push({ method, path, agent: request.headers['user-agent'] });
    const body = text.startsWith('{') ? JSON.parse(text) : undefined;
    const answer = rule({ method, path, body });
    if (answer === 'cut') response.socket?.destroy();
    else if ('raw' in answer) response.end(answer.raw);
    else {
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://me:hush@127.0.0.1:${(server.address() as AddressInfo).port}/db`;
  const peer = new HttpPeer(parseEndpoint(url, 'source') as never);
  release.push(async () => {
    peer.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { peer, seen };
}

describe('HttpPeer', () => {
  it('says who it is', async () => {
    const { peer, seen } = await serve(() => ({ status: 200, body: { update_seq: '3-x' } }));
    expect(await peer.info()).toMatchObject({ updateSeq: '3-x' });
    expect(seen[0]?.agent).toMatch(/^draws-replicator\//);
  });

  it('sends once more what met a connection just closed', async () => {
    let cut = false;
    const { peer, seen } = await serve(() => {
      if (seen.length === 2 && !cut) {
        cut = true;
        return 'cut';
      }
      return { status: 200, body: { update_seq: 1 } };
    });
    await peer.info();
    expect(await peer.info()).toMatchObject({ updateSeq: 1 });
    expect(seen).toHaveLength(3);
  });

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'db_not_found'],
    [500, 'broken'],
  ])('gives a %i its word, and never the password', async (status, error) => {
    const { peer } = await serve(() => ({ status, body: { error, reason: 'because' } }));
    await expect(peer.info()).rejects.toMatchObject({ error, status });
    await peer.info().catch((cause) => expect(String(cause)).not.toContain('hush'));
  });

  it('says that nobody answers', async () => {
    const { peer } = await serve(() => 'cut');
    await expect(peer.info()).rejects.toMatchObject({ error: 'unreachable', status: undefined });
  });

  it.each([['<html>'], ['[]'], ['{"update_seq": {}}']])('refuses to read %s', async (raw) => {
    const { peer } = await serve(() => ({ raw }));
    await expect(peer.info()).rejects.toMatchObject({ error: 'bad_answer' });
  });

  it('fetches document by document where there is no _bulk_get', async () => {
    const { peer, seen } = await serve(({ path }) => {
      if (path.includes('_bulk_get'))
        return { status: 405, body: { error: 'method_not_allowed' } };
      const id = decodeURIComponent(path.split('?')[0]!.slice('/db/'.length));
      return { status: 200, body: [{ ok: { _id: id, _rev: '1-a' } }, { missing: '1-b' }] };
    });
    const wanted = ['a/b', '_design/x'].flatMap((id) => [
      { id, rev: '1-a' },
      { id, rev: '1-b' },
    ]);
    const { documents } = await peer.fetch(wanted);
    expect(documents.map(({ document }) => document._id)).toEqual(['a/b', '_design/x']);
    const paths = seen.slice(1).map(({ path }) => path.split('?')[0]);
    expect(paths).toEqual(['/db/a%2Fb', '/db/_design/x']);
  });

  it('passes over revisions that are gone, and fails for those that cannot be read', async () => {
    let error = 'not_found';
    const { peer } = await serve(() => ({
      status: 200,
      body: { results: [{ id: 'a', docs: [{ error: { id: 'a', rev: '1-a', error } }] }] },
    }));
    expect((await peer.fetch([{ id: 'a', rev: '1-a' }])).documents).toEqual([]);
    error = 'internal_error';
    await expect(peer.fetch([{ id: 'a', rev: '1-a' }])).rejects.toMatchObject({ error });
  });

  it('isolates the one document that makes a whole request fail', async () => {
    const stored: string[] = [];
    const { peer } = await serve(({ body }) => {
      const { docs } = body as { docs: { _id: string }[] };
      if (docs.some(({ _id }) => _id === 'bad')) {
        return { status: 400, body: { error: 'doc_validation', reason: 'Bad special member' } };
      }
      stored.push(...docs.map(({ _id }) => _id));
      return { status: 201, body: [] };
    });
    const ids = ['a', 'b', 'bad', 'c', 'd'];
    const refused = await peer.write(ids.map((_id) => ({ document: { _id, _rev: '1-a' } })));
    expect(refused).toEqual([
      { id: 'bad', error: 'doc_validation', reason: 'Bad special member' },
    ]);
    expect(stored.sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    ['refused by a rule', 403, 'forbidden', 200, 'counted'],
    ['refused with the whole database', 403, 'forbidden', 403, 'stops'],
    ['that lacks the bytes of a stub now', 412, 'missing_stub', 200, 'stops'],
    ['too large', 413, 'too_large', 200, 'counted'],
  ])('tells a document with attachments %s', async (_, status, error, database, outcome) => {
    const { peer } = await serve(({ method }) =>
      method === 'PUT'
        ? { status, body: { error, reason: 'because' } }
        : { status: database, body: { error: 'forbidden', reason: 'no member' } },
    );
    const stub = { stub: true, length: 3, content_type: 'text/plain', digest: 'md5-x', revpos: 1 };
    const document = { _id: 'a', _rev: '1-a', _attachments: { file: stub } };
    const openAttachment = async () => ({ body: Readable.from([Buffer.from('abc')]), length: 3 });
    const written = peer.write([{ document, openAttachment }]);
    const refusal = { id: 'a', error, reason: 'because' };
    if (outcome === 'counted') expect(await written).toEqual([refusal]);
    else await expect(written).rejects.toMatchObject({ error });
  });

  it('counts a document refused by a rule, and stops for one that was not stored', async () => {
    let error = 'forbidden';
    const { peer } = await serve(() => ({
      status: 201,
      body: [{ id: 'a', rev: '1-a', error, reason: 'no' }],
    }));
    const documents = [{ document: { _id: 'a', _rev: '1-a' } }];
    expect(await peer.write(documents)).toEqual([{ id: 'a', error: 'forbidden', reason: 'no' }]);
    error = 'internal_server_error';
    await expect(peer.write(documents)).rejects.toMatchObject({ error });
  });

  it('replaces a _local document that asks for its revision', async () => {
    let stored: Record<string, unknown> = { _rev: '0-7' };
    const { peer } = await serve(({ method, body }) => {
      if (method === 'GET') return { status: 200, body: stored };
      const document = body as Record<string, unknown>;
      if (document._rev !== stored._rev) return { status: 409, body: { error: 'conflict' } };
      stored = document;
      return { status: 201, body: { ok: true } };
    });
    await peer.putLocal('c', { place: 1 });
    expect(stored).toEqual({ place: 1, _rev: '0-7' });
  });

  it('ends a feed with an error where the source ends it, quietly where it is stopped', async () => {
    const line = '{"seq":"1-x","id":"a","changes":[{"rev":"1-a"}]}\n{"last_seq":"1-x"}\n';
    const { peer } = await serve(() => ({ raw: line }));
    const stop = new AbortController();
    const seen: unknown[] = [];
    const follow = async () => {
      for await (const group of peer.follow(0, { kind: 'all' }, stop.signal)) seen.push(group);
    };
    await expect(follow()).rejects.toMatchObject({ error: 'feed_ended' });
    const rows = [{ seq: '1-x', id: 'a', revs: ['1-a'] }];
    expect(seen).toEqual([{ rows, lastSeq: '1-x' }]);
    stop.abort();
    await follow();
    expect(seen).toHaveLength(1);
  });
});
