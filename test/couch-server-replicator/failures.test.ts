import { describe, expect, it } from 'vitest';
import { eventually } from './client.ts';
import { type Site, startSite, startSites, withUser } from './sites.ts';

// What happens when an end is away, refuses, or comes back.

const stateOf = async (at: Site, id: string) =>
  (await at.ask('GET', `/_scheduler/docs/_replicator/${id}`)).body;

const inState = (at: Site, id: string, state: string) =>
  eventually(async () => {
    const now = await stateOf(at, id);
    return now.state === state && now;
  });

async function fill(site: Site, from: number, to: number) {
  const docs = [];
  for (let n = from; n < to; n++) docs.push({ _id: `d${n}`, n });
  const { status } = await site.ask('POST', '/msgq/_bulk_docs', { docs });
  expect(status).toBe(201);
}

const complete = (site: Site, count: number) =>
  eventually(async () => (await site.ask('GET', '/msgq')).body.doc_count === count);

async function pullingPair() {
  const [jao, eu] = (await startSites(2)) as [Site, Site];
  for (const site of [jao, eu]) await site.ask('PUT', '/msgq');
  const job = {
    source: `${withUser(jao)}/msgq`,
    target: `${withUser(eu)}/msgq`,
    continuous: true,
    checkpoint_interval: 20,
  };
  return { jao, eu, job };
}

/** Waits until the job has recorded all that it carried. */
const recorded = (site: Site) =>
  eventually(async () => {
    const { info } = await stateOf(site, 'job');
    return info.checkpointed_source_seq === info.source_seq && info.source_seq !== 0;
  });

describe('a replication', () => {
  it.each([
    ['source', 0],
    ['target (which runs it)', 1],
  ])('goes on where it was after a restart of the %s', async (_, which) => {
    const { jao, eu, job } = await pullingPair();
    await eu.ask('PUT', '/_replicator/job', job);
    await fill(jao, 0, 600);
    await complete(eu, 600);
    await recorded(eu);
    const restarted = which === 0 ? jao : eu;
    await restarted.close();
    if (which === 1) await fill(jao, 600, 700);
    await restarted.reopen();
    if (which === 0) await fill(jao, 600, 700);
    await complete(eu, 700);
    const { info } = await inState(eu, 'job', 'running');
    expect(info).toMatchObject({ docs_read: 700, docs_written: 700, revisions_checked: 700 });
  });

  it('loses nothing while both ends restart again and again', async () => {
    const { jao, eu, job } = await pullingPair();
    await eu.ask('PUT', '/_replicator/job', job);
    for (let round = 0; round < 4; round++) {
      await fill(jao, round * 100, round * 100 + 100);
      const restarted = round % 2 === 0 ? jao : eu;
      await restarted.close();
      await restarted.reopen();
    }
    await complete(eu, 400);
  });

  it('waits for a server that is not there yet, and says so', async () => {
    const eu = await startSite();
    const jao = await startSite();
    await jao.ask('PUT', '/msgq');
    await fill(jao, 0, 3);
    await eu.ask('PUT', '/msgq');
    await jao.close();
    await eu.ask('PUT', '/_replicator/job', {
      source: `${withUser(jao)}/msgq`,
      target: `${withUser(eu)}/msgq`,
      continuous: true,
    });
    const waiting = await inState(eu, 'job', 'crashing');
    expect(waiting.info.error).toContain(`${jao.url}/msgq/`);
    expect(waiting.info.error).toContain('connection refused');
    await jao.reopen();
    await complete(eu, 3);
  });

  it('keeps trying with a wrong password, slowly, and never shows it', async () => {
    const { jao, eu, job } = await pullingPair();
    const source = `http://admin:wrong@${new URL(jao.url).host}/msgq`;
    await eu.ask('PUT', '/_replicator/job', { ...job, source });
    const refused = await inState(eu, 'job', 'crashing');
    expect(refused.error_count).toBe(1);
    expect(refused.info.error).toMatch(/^unauthorized: /);
    for (const path of ['/_scheduler/docs', '/_scheduler/jobs', '/_active_tasks']) {
      const shown = JSON.stringify((await eu.ask('GET', path)).body);
      expect(shown).not.toContain('wrong');
      expect(shown).not.toContain(eu.password);
    }
    const { body } = await eu.ask('GET', '/_replicator/job');
    await eu.ask('PUT', '/_replicator/job', { ...job, _rev: body._rev });
    await inState(eu, 'job', 'running');
  });

  it('is judged by its credentials at its own server too', async () => {
    const { eu, job } = await pullingPair();
    const target = `http://admin:wrong@${new URL(eu.url).host}/msgq`;
    await eu.ask('PUT', '/_replicator/job', { ...job, target });
    expect((await inState(eu, 'job', 'crashing')).info.error).toMatch(/^unauthorized: /);
    const once = await eu.ask('POST', '/_replicate', { source: 'msgq', target });
    expect(once.status).toBe(401);
  });

  it('starts as soon as a missing database of its server is made', async () => {
    const { jao, eu, job } = await pullingPair();
    await fill(jao, 0, 2);
    const target = `${withUser(eu)}/later`;
    await eu.ask('PUT', '/_replicator/job', { ...job, target });
    expect((await inState(eu, 'job', 'crashing')).info.error).toMatch(/^db_not_found: /);
    await eu.ask('PUT', '/later');
    await eventually(async () => (await eu.ask('GET', '/later')).body.doc_count === 2);
  });

  it('starts from the beginning when its target was made anew', async () => {
    const { jao, eu, job } = await pullingPair();
    await eu.ask('PUT', '/_replicator/job', job);
    await fill(jao, 0, 5);
    await complete(eu, 5);
    await recorded(eu);
    await eu.ask('DELETE', '/msgq');
    await eu.ask('PUT', '/msgq');
    await fill(jao, 5, 6);
    await complete(eu, 6);
  });

  it('passes on what its source holds when that was made anew', async () => {
    const { jao, eu, job } = await pullingPair();
    await eu.ask('PUT', '/_replicator/job', job);
    await fill(jao, 0, 5);
    await complete(eu, 5);
    await jao.ask('DELETE', '/msgq');
    await jao.ask('PUT', '/msgq');
    await fill(jao, 5, 7);
    await complete(eu, 7);
  });
});
