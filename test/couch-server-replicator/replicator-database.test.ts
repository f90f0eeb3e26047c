import { describe, expect, it } from 'vitest';
import { eventually } from './client.ts';
import { type Site, startSites, withUser } from './sites.ts';

// Continuous replications by documents of `_replicator`, between two servers.

async function replicate(at: Site, id: string, fields: Record<string, unknown>) {
  const { body } = await at.ask('PUT', `/_replicator/${id}`, { continuous: true, ...fields });
  expect(body).toMatchObject({ ok: true });
  return body.rev as string;
}

const stateOf = async (at: Site, id: string) =>
  (await at.ask('GET', `/_scheduler/docs/_replicator/${id}`)).body;

const running = (at: Site, id: string) =>
  eventually(async () => (await stateOf(at, id)).state === 'running');

const arrived = (at: Site, path: string) =>
  eventually(async () => {
    const { status, body } = await at.ask('GET', path);
    return status === 200 && body;
  });

describe.each([
  ['pull', 1],
  ['push', 0],
] as const)('a continuous %s', (_, where) => {
  async function setUp(fields: Record<string, unknown> = {}) {
    const sites = await startSites(2);
    const [jao, eu] = sites as [Site, Site];
    for (const site of sites) await site.ask('PUT', '/ngas');
    const host = sites[where] as Site;
    const start = () =>
      replicate(host, 'job', {
        source: `${withUser(jao)}/ngas`,
        target: `${withUser(eu)}/ngas`,
        ...fields,
      });
    return { jao, eu, host, start };
  }

  it('brings what was there and what comes, updates and deletions', async () => {
    const { jao, eu, host, start } = await setUp();
    const docs = Array.from({ length: 700 }, (_, n) => ({ _id: `d${n}`, n }));
    await jao.ask('POST', '/ngas/_bulk_docs', { docs });
    await start();
    await eventually(async () => (await eu.ask('GET', '/ngas')).body.doc_count === 700);
    const { body } = await jao.ask('PUT', '/ngas/later', { v: 1 });
    expect(await arrived(eu, '/ngas/later')).toMatchObject({ _rev: body.rev, v: 1 });
    const updated = await jao.ask('PUT', `/ngas/later?rev=${body.rev}`, { v: 2 });
    await eventually(async () => (await eu.ask('GET', '/ngas/later')).body.v === 2);
    await jao.ask('DELETE', `/ngas/later?rev=${updated.body.rev}`);
    await eventually(async () => (await eu.ask('GET', '/ngas/later')).body.reason === 'deleted');
    const task = (await host.ask('GET', '/_active_tasks')).body[0];
    expect(task).toMatchObject({
      type: 'replication',
      doc_id: 'job',
      source: `${jao.url}/ngas/`,
      target: `${eu.url}/ngas/`,
      continuous: true,
      docs_read: 703,
      docs_written: 703,
      doc_write_failures: 0,
    });
  });

  it('carries attachments, small and large', async () => {
    const { jao, eu, start } = await setUp();
    const large = Buffer.alloc(3 * 1024 * 1024, 'product').toString('base64');
    const _attachments = {
      'dir/contents': { content_type: 'application/octet-stream', data: large },
      'log.txt': { content_type: 'text/plain', data: large.slice(0, 1024 * 1024) },
      note: { content_type: 'application/json', data: btoa('{"a":1}') },
    };
    await start();
    await jao.ask('PUT', '/ngas/big', { v: 1, _attachments });
    await jao.ask('PUT', '/ngas/small', { _attachments: { note: _attachments.note } });
    await arrived(eu, '/ngas/small');
    const query = '?attachments=true&revs=true';
    const there = await arrived(eu, `/ngas/big${query}`);
    expect(there._attachments['dir/contents'].data === large).toBe(true);
    expect(there._attachments['log.txt'].data).toHaveLength(1024 * 1024);
    expect(there).toEqual((await jao.ask('GET', `/ngas/big${query}`)).body);
    expect((await eu.ask('GET', `/ngas/small${query}`)).body).toEqual(
      (await jao.ask('GET', `/ngas/small${query}`)).body,
    );
  });

  it('carries only what a selector lets through', async () => {
    const { jao, eu, start } = await setUp({ selector: { site: 'EU' } });
    await jao.ask('POST', '/ngas/_bulk_docs', {
      docs: [
        { _id: 'a', site: 'EU' },
        { _id: 'b', site: 'NA' },
      ],
    });
    await start();
    await arrived(eu, '/ngas/a');
    await jao.ask('PUT', '/ngas/c', { site: 'NA' });
    await jao.ask('PUT', '/ngas/d', { site: 'EU' });
    await arrived(eu, '/ngas/d');
    const rows = (await eu.ask('GET', '/ngas/_all_docs')).body.rows;
    expect(rows.map((row: { id: string }) => row.id)).toEqual(['a', 'd']);
  });
});

describe('documents of _replicator', () => {
  async function setUp() {
    const [jao, eu] = (await startSites(2)) as [Site, Site];
    for (const db of ['one', 'two']) {
      await jao.ask('PUT', `/${db}`);
      await eu.ask('PUT', `/${db}`);
    }
    const fields = { source: `${withUser(jao)}/one`, target: `${withUser(eu)}/one` };
    return { jao, eu, fields };
  }

  it('change what is replicated when they change', async () => {
    const { jao, eu, fields } = await setUp();
    const rev = await replicate(eu, 'job', fields);
    await running(eu, 'job');
    const { id } = await stateOf(eu, 'job');
    const source = `${withUser(jao)}/two`;
    await eu.ask('PUT', '/_replicator/job', { ...fields, source, continuous: true, _rev: rev });
    await eventually(async () => {
      const now = await stateOf(eu, 'job');
      return now.state === 'running' && now.id !== id;
    });
    await jao.ask('PUT', '/two/x', {});
    await arrived(eu, '/one/x');
    await jao.ask('PUT', '/one/y', {});
    await jao.ask('PUT', '/two/z', {});
    await arrived(eu, '/one/z');
    expect((await eu.ask('GET', '/one/y')).status).toBe(404);
  });

  it('end the replication when they are deleted', async () => {
    const { jao, eu, fields } = await setUp();
    const rev = await replicate(eu, 'job', fields);
    await running(eu, 'job');
    await eu.ask('DELETE', `/_replicator/job?rev=${rev}`);
    await eventually(async () => (await stateOf(eu, 'job')).error === 'not_found');
    await eventually(async () => (await eu.ask('GET', '/_active_tasks')).body.length === 0);
    await jao.ask('PUT', '/one/never', {});
    await jao.ask('PUT', '/two/x', {});
    await replicate(eu, 'other', { source: `${withUser(jao)}/two`, target: fields.target });
    await arrived(eu, '/one/x');
    expect((await eu.ask('GET', '/one/never')).status).toBe(404);
  });

  it('say what is wrong with them', async () => {
    const { eu, fields } = await setUp();
    await eu.ask('PUT', '/_replicator/bad', { ...fields, filter: 'app/in-javascript' });
    const failed = await eventually(async () => {
      const { body } = await eu.ask('GET', '/_replicator/bad');
      return body._replication_state === 'failed' && body;
    });
    expect(failed._replication_state_reason).toContain("'filter'");
    expect(await stateOf(eu, 'bad')).toMatchObject({ state: 'failed', error_count: 1 });
  });

  it('are refused when written where they could never run', async () => {
    const { eu, fields } = await setUp();
    const bad = [{ source: 'one' }, { target: undefined }, { continuous: 'yes' }];
    for (const change of bad) {
      const document = { ...fields, ...change };
      const answers = [
        await eu.ask('PUT', '/_replicator/bad', document),
        await eu.ask('POST', '/_replicator', { _id: 'bad', ...document }),
        await eu.ask('POST', '/_replicator/_bulk_docs', { docs: [{ _id: 'bad', ...document }] }),
        await eu.ask('PUT', '/_replicator/bad?new_edits=false', { ...document, _rev: '1-a' }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    }
    expect((await eu.ask('PUT', '/_replicator/bad/name', 'x')).status).toBe(403);
    expect((await eu.ask('GET', '/_replicator/bad')).status).toBe(404);
  });

  it.each([
    ['an unknown host', 'http://nowhere.invalid/one'],
    ['an address at which nobody listens', 'http://127.0.0.1:1/one'],
    ['an unknown database', '{jao}/nowhere'],
    ['a wrong password', '{wrong}/one'],
    ['an address without a database', '{jao}'],
  ])('wait for %s, and stay as they were written', async (_, address) => {
    const { jao, eu, fields } = await setUp();
    const wrong = jao.url.replace('://', '://admin:wrong@');
    const source = address.replace('{jao}', withUser(jao)).replace('{wrong}', wrong);
    const rev = await replicate(eu, 'job', { ...fields, source });
    const waiting = await eventually(async () => {
      const now = await stateOf(eu, 'job');
      return now.state === 'crashing' && now;
    });
    expect(waiting.error_count).toBeGreaterThan(0);
    expect(waiting.info.error).toBeTypeOf('string');
    expect((await eu.ask('GET', '/_replicator/job')).body).toEqual({
      _id: 'job',
      _rev: rev,
      continuous: true,
      ...fields,
      source,
      owner: 'admin',
    });
  });

  it('do not start one replication twice', async () => {
    const { eu, fields } = await setUp();
    await replicate(eu, 'job', fields);
    await running(eu, 'job');
    await replicate(eu, 'again', fields);
    const failed = await eventually(async () => {
      const now = await stateOf(eu, 'again');
      return now.state === 'failed' && now;
    });
    expect(failed.info.error).toContain('triggered by document `job`');
  });
});
