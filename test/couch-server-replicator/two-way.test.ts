import { expect, it } from 'vitest';
import { eventually } from './client.ts';
import { type Site, startSites, withUser } from './sites.ts';

// Both sites write to the same documents while each pulls from the other; in the end they must
// agree on every winner and on every conflict.

const documents = 60;

type Row = { id: string; value: { rev: string }; doc: Record<string, unknown> | null };

async function writeHere(site: Site, name: string) {
  for (let round = 0; round < 3; round++) {
    const keys = Array.from({ length: documents }, (_, n) => `d${n}`);
    const { body } = await site.ask('POST', '/msgq/_all_docs', { keys });
    const docs = body.rows
      .filter((_: Row, n: number) => n % 3 !== round || name === 'eu')
      .map((row: { key: string; value?: { rev: string; deleted?: boolean } }, n: number) => ({
        _id: row.key,
        by: name,
        round,
        ...(row.value && !row.value.deleted ? { _rev: row.value.rev } : {}),
        ...(round === 2 && n % 7 === 0 ? { _deleted: true } : {}),
      }));
    await site.ask('POST', '/msgq/_bulk_docs', { docs });
  }
}

/** Every document with its winner, its conflicts and its deleted branches. */
async function stateOf(site: Site) {
  const state: Record<string, { _conflicts?: string[] }> = {};
  for (let n = 0; n < documents; n++) {
    const { body } = await site.ask('GET', `/msgq/d${n}?conflicts=true`);
    const leaves = await site.ask('GET', `/msgq/d${n}?open_revs=all`);
    const revs = leaves.body.map(({ ok }: { ok: { _rev: string; _deleted?: boolean } }) => [
      ok._rev,
      ok._deleted ?? false,
    ]);
    state[`d${n}`] = { ...body, _conflicts: body._conflicts?.sort(), leaves: revs.sort() };
  }
  return state;
}

it('two sites that replicate both ways agree after conflicting edits', async () => {
  const sites = (await startSites(2)) as [Site, Site];
  const [jao, eu] = sites;
  for (const site of sites) {
    await site.ask('PUT', '/msgq');
    await site.ask('PUT', '/msgq/d0', { written: site.url });
  }
  for (const [here, there] of [
    [jao, eu],
    [eu, jao],
  ] as const) {
    const ends = { source: `${withUser(there)}/msgq`, target: `${withUser(here)}/msgq` };
    await here.ask('PUT', '/_replicator/msgq', { ...ends, continuous: true });
  }
  await Promise.all([writeHere(jao, 'jao'), writeHere(eu, 'eu')]);
  for (const site of sites) await site.ask('PUT', '/msgq/last', { at: site.url });
  await eventually(async () => {
    const [here, there] = await Promise.all(sites.map(stateOf));
    return JSON.stringify(here) === JSON.stringify(there);
  });
  const final = await stateOf(jao);
  expect(final).toEqual(await stateOf(eu));
  const conflicting = Object.values(final).filter((doc) => doc._conflicts?.length);
  expect(conflicting.length).toBeGreaterThan(0);
  const [here, there] = await Promise.all(
    sites.map(async (site) => (await site.ask('GET', '/msgq')).body.doc_count),
  );
  expect(here).toBe(there);
});
