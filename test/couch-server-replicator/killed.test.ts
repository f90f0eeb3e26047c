import { expect, it } from 'vitest';
import { eventually } from './client.ts';
import { KillableSite } from './killable-site.ts';

// Two sites write to the same documents, replicate both ways, and one of them is killed meanwhile.
// In the end every write that was acknowledged is known at both, and they agree on all revisions.
// A few documents here, thousands and more kills with DRAWS_LONG=1.

const isLong = process.env.DRAWS_LONG === '1';
const documents = isLong ? 5000 : 300;
const kills = isLong ? 3 : 1;
const batch = 50;

type Acknowledged = Map<string, string[]>;

async function replicateBothWays(here: KillableSite, there: KillableSite) {
  for (const [at, from] of [
    [here, there],
    [there, here],
  ] as const) {
    const job = { source: `${from.url}/msgq`, target: `${at.url}/msgq`, continuous: true };
    expect((await at.ask('PUT', '/_replicator/msgq', job)).status).toBe(201);
  }
}

/** Writes each document twice; what was sent when the server was killed is sent again. */
async function writeAll(site: KillableSite, by: string): Promise<Acknowledged> {
  const acknowledged: Acknowledged = new Map();
  for (let from = 0; from < 2 * documents; from += batch) {
    const keys = Array.from({ length: batch }, (_, n) => `d${(from + n) % documents}`);
    await eventually(() => writeBatch(site, by, keys, acknowledged).catch(() => false));
  }
  return acknowledged;
}

async function writeBatch(
  site: KillableSite,
  by: string,
  keys: string[],
  acknowledged: Acknowledged,
): Promise<true> {
  const { body } = await site.ask('POST', '/msgq/_all_docs', { keys });
  const docs = body.rows.map((row: { key: string; value?: { rev: string } }) => ({
    _id: row.key,
    by,
    ...(row.value ? { _rev: row.value.rev } : {}),
  }));
  const { body: results } = await site.ask('POST', '/msgq/_bulk_docs', { docs });
  for (const { id, rev, error } of results) {
    if (!error) acknowledged.set(id, [...(acknowledged.get(id) ?? []), rev]);
  }
  return true;
}

/** All leaves by document id, the winner first as the feed gives it. */
async function leavesOf(site: KillableSite): Promise<string[]> {
  const { body } = await site.ask('GET', '/msgq/_changes?style=all_docs');
  return body.results
    .map(({ id, changes }: { id: string; changes: { rev: string }[] }) => {
      const [winner, ...others] = changes.map(({ rev }) => rev);
      return [id, winner, ...others.sort()].join(' ');
    })
    .sort();
}

it(`two sites agree although one is killed ${kills} times`, { timeout: 300_000 }, async () => {
  const jao = await KillableSite.start();
  const eu = await KillableSite.start();
  for (const [site, by] of [
    [jao, 'jao'],
    [eu, 'eu'],
  ] as const) {
    await site.ask('PUT', '/msgq');
    await site.ask('PUT', '/msgq/d0', { by });
  }
  await replicateBothWays(jao, eu);
  const writing = [writeAll(jao, 'jao'), writeAll(eu, 'eu')];
  for (let n = 1; n <= kills; n++) {
    const part = (n * documents) / (kills + 1);
    await eventually(async () => {
      const { body } = await eu.ask('GET', '/msgq');
      return body.doc_count >= part;
    });
    await eu.kill();
    await eu.restart();
  }
  const acknowledged = await Promise.all(writing);
  await eventually(async () => {
    const [here, there] = await Promise.all([leavesOf(jao), leavesOf(eu)]);
    return here.length === documents && here.join() === there.join();
  });
  for (const site of [jao, eu]) {
    for (const revs of acknowledged) {
      const { body } = await site.ask('POST', '/msgq/_revs_diff', Object.fromEntries(revs));
      expect(body).toEqual({});
    }
  }
  const [here, there] = await Promise.all([leavesOf(jao), leavesOf(eu)]);
  expect(here).toEqual(there);
  expect(here.some((line) => line.split(' ').length > 2)).toBe(true);
});
