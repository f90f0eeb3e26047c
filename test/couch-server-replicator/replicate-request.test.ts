import { describe, expect, it } from 'vitest';
import { eventually } from './client.ts';
import { type Site, startSites, withUser } from './sites.ts';

// `POST /_replicate` between two servers.

async function pair() {
  const [jao, eu] = (await startSites(2)) as [Site, Site];
  await jao.ask('PUT', '/ngas');
  await eu.ask('PUT', '/ngas');
  const ends = { source: `${withUser(jao)}/ngas`, target: `${withUser(eu)}/ngas` };
  return { jao, eu, ends };
}

const names = (site: Site) =>
  site
    .ask('GET', '/ngas/_all_docs')
    .then(({ body }) => body.rows.map((row: { id: string }) => row.id));

describe('POST /_replicate', () => {
  it('carries once what there is, whichever server is asked', async () => {
    const { jao, eu, ends } = await pair();
    for (const [at, id] of [
      [eu, 'a'],
      [jao, 'b'],
    ] as const) {
      await jao.ask('PUT', `/ngas/${id}`, {});
      const { status, body } = await at.ask('POST', '/_replicate', ends);
      expect(status).toBe(200);
      expect(body).toMatchObject({ ok: true, replication_id_version: 4 });
      expect(body.history[0]).toMatchObject({ docs_read: 1, doc_write_failures: 0 });
      expect(body.session_id).toBe(body.history[0].session_id);
    }
    expect(await names(eu)).toEqual(['a', 'b']);
    const again = await jao.ask('POST', '/_replicate', ends);
    expect(again.body).toMatchObject({ ok: true, no_changes: true });
  });

  it('carries documents by id, and makes the target where it is told to', async () => {
    const { jao, eu, ends } = await pair();
    for (const id of ['a', 'b', 'c']) await jao.ask('PUT', `/ngas/${id}`, {});
    const target = `${withUser(eu)}/made`;
    const body = { ...ends, target, doc_ids: ['c', 'a', 'z'], create_target: true };
    expect((await jao.ask('POST', '/_replicate', body)).body).toMatchObject({
      ok: true,
      docs_read: 2,
      docs_written: 2,
    });
    expect((await eu.ask('GET', '/made')).body.doc_count).toBe(2);
  });

  it('carries on from since_seq', async () => {
    const { jao, eu, ends } = await pair();
    await jao.ask('PUT', '/ngas/a', {});
    const since = (await jao.ask('GET', '/ngas')).body.update_seq;
    await jao.ask('PUT', '/ngas/b', {});
    await eu.ask('POST', '/_replicate', { ...ends, since_seq: since });
    expect(await names(eu)).toEqual(['b']);
  });

  it('moves the place of a filtered replication past what it leaves out', async () => {
    const { jao, eu, ends } = await pair();
    await jao.ask('PUT', '/ngas/a', { site: 'NA' });
    const body = { ...ends, selector: { site: 'EU' } };
    const { update_seq: newest } = (await jao.ask('GET', '/ngas')).body;
    expect((await eu.ask('POST', '/_replicate', body)).body.source_last_seq).toBe(newest);
  });

  it('keeps a continuous one running until it is cancelled', async () => {
    const { jao, eu, ends } = await pair();
    const continuous = { ...ends, continuous: true };
    const started = await eu.ask('POST', '/_replicate', continuous);
    expect(started.status).toBe(202);
    expect(started.body._local_id).toMatch(/^[0-9a-f]{32}\+continuous$/);
    expect((await eu.ask('POST', '/_replicate', continuous)).body).toEqual(started.body);
    await jao.ask('PUT', '/ngas/a', {});
    await eventually(async () => (await names(eu)).length === 1);
    expect((await eu.ask('GET', '/_scheduler/jobs')).body.jobs).toMatchObject([
      { id: started.body._local_id, database: null, source: `${jao.url}/ngas/` },
    ]);
    const cancelled = await eu.ask('POST', '/_replicate', { ...continuous, cancel: true });
    expect(cancelled).toMatchObject({ status: 200, body: { ok: true } });
    expect((await eu.ask('GET', '/_scheduler/jobs')).body.jobs).toEqual([]);
    const again = await eu.ask('POST', '/_replicate', { ...continuous, cancel: true });
    expect(again.status).toBe(404);
  });

  it('answers with the reason where an end refuses or is not there', async () => {
    const { eu, ends } = await pair();
    const post = async (change: Record<string, unknown>) => {
      const { status, body } = await eu.ask('POST', '/_replicate', { ...ends, ...change });
      return [status, body.error, body.reason];
    };
    const [, , missing] = await post({ source: `${ends.source}x` });
    expect(missing).toMatch(/^could not open http:\/\/127.0.0.1:\d+\/ngasx\/$/);
    const stranger = ends.source.replace(eu.password, 'wrong');
    expect((await post({ source: stranger })).slice(0, 2)).toEqual([401, 'unauthorized']);
    expect((await post({ source: 7 })).slice(0, 2)).toEqual([400, 'bad_request']);
    const nobody = 'http://127.0.0.1:9/ngas';
    expect(await post({ source: nobody })).toEqual([
      500,
      'unreachable',
      'http://127.0.0.1:9/ngas/: connection refused',
    ]);
    expect((await eu.ask('POST', '/_replicate', [])).status).toBe(400);
    expect((await eu.ask('PUT', '/_replicate', {})).status).toBe(405);
  });

  it('ends with the server, which leaves the place recorded', async () => {
    const { jao, eu, ends } = await pair();
    await eu.ask('POST', '/_replicate', { ...ends, continuous: true });
    await jao.ask('PUT', '/ngas/a', {});
    await eventually(async () => (await names(eu)).length === 1);
    await eu.close();
    await eu.reopen();
    const { body } = await eu.ask('POST', '/_replicate', ends);
    expect(body).toMatchObject({ ok: true, no_changes: true });
  });
});

describe('_scheduler', () => {
  it('lists documents in pages and by state', async () => {
    const { eu, ends } = await pair();
    await eu.ask('PUT', '/_replicator/a', { ...ends, continuous: true });
    await eu.ask('PUT', '/_replicator/b', { ...ends, filter: 'app/in-javascript' });
    await eventually(async () => {
      const { docs } = (await eu.ask('GET', '/_scheduler/docs')).body;
      return docs[0]?.state === 'running' && docs[1]?.state === 'failed';
    });
    const ids = async (query: string) => {
      const { body } = await eu.ask('GET', `/_scheduler/docs/_replicator?${query}`);
      return [body.total_rows, ...body.docs.map((doc: { doc_id: string }) => doc.doc_id)];
    };
    expect(await ids('')).toEqual([2, 'a', 'b']);
    expect(await ids('skip=1')).toEqual([2, 'b']);
    expect(await ids('limit=1')).toEqual([2, 'a']);
    expect(await ids('states=failed,completed')).toEqual([1, 'b']);
    const { id } = (await eu.ask('GET', '/_scheduler/docs/_replicator/a')).body;
    const job = await eu.ask('GET', `/_scheduler/jobs/${encodeURIComponent(id)}`);
    expect(job.body).toMatchObject({ id, doc_id: 'a' });
  });

  it.each([
    ['GET', '/_scheduler', 404],
    ['GET', '/_scheduler/jobs/none', 404],
    ['GET', '/_scheduler/docs/other', 400],
    ['GET', '/_scheduler/docs/_replicator/none', 404],
    ['GET', '/_scheduler/docs?limit=-1', 400],
    ['DELETE', '/_scheduler/jobs', 405],
  ])('answers %s %s with %i', async (method, path, status) => {
    const { eu } = await pair();
    expect((await eu.ask(method, path)).status).toBe(status);
  });
});
