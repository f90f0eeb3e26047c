// The checkers find every kind of damage: each is done to a line that has come to a good end.

import { beforeEach, describe, expect, test } from 'vitest';
import type { Database, Document } from '../../../mockup/platform/couch/database.ts';
import { type DrawsLine, startDrawsLine } from '../../../mockup/simulator/scenarios/draws-line.ts';

let line: DrawsLine;

const holder = { actor: 'xtss', site: 'NA', machine: '', pid: 1, instance: 'a' };

beforeEach(async () => {
  line = await startDrawsLine({ seed: 'checkers', ous: 2, failureRate: 0 });
  await line.runToDelivered();
  // Nobody is there to mend what the tests damage.
  await line.world.stop();
});

const open = (name: string, site: 'JAO' | 'EU' = 'JAO'): Database =>
  line.world.network.host(site).server.open(name);

async function firstOf(name: string, prefix = ''): Promise<Document> {
  const [document] = await open(name).allDocs<Document>({ startKey: prefix });
  return document as Document;
}

/** Replaces what `change` gives, and lets it reach the other site. */
async function change(name: string, prefix: string, fields: object): Promise<void> {
  await open(name).put({ ...(await firstOf(name, prefix)), ...fields });
  await line.world.runUntil(() => line.world.network.caughtUp);
}

async function remove(name: string, prefix = ''): Promise<void> {
  const { _id, _rev } = await firstOf(name, prefix);
  await open(name).put({ _id, _rev: _rev as string, _deleted: true });
  await line.world.runUntil(() => line.world.network.caughtUp);
}

test('a good end has no problems', async () => {
  expect(await line.check()).toEqual([]);
});

const damages: [what: string, damage: () => Promise<void>, problem: RegExp][] = [
  [
    'an OUS that is not delivered',
    () => change('status-entities', '', { state: 'Verified' }),
    /it is Verified/,
  ],
  [
    'an executive that was not cleared',
    () => change('status-entities', '', { flags: { PL_PROCESSING_EXECUTIVE: 'EU' } }),
    /still has an executive/,
  ],
  [
    'a substate that was not cleared',
    () => change('status-entities', '', { substate: 'ProductsIngested' }),
    /still has the substate/,
  ],
  ['a lost OUS', () => remove('status-entities'), /there is no such OUS/],
  ['a lost report', () => remove('pipeline-reports'), /\d pipeline reports instead of \d/],
  ['a lost product', () => remove('ngas', 'product'), /4 products in the archive instead of 5/],
  ['a lost weblog', () => remove('ngas', 'weblog'), /weblogs in the archive instead of/],
  ['lost metadata', () => remove('products-metadata'), /4 metadata records instead of 5/],
  [
    'an incomplete delivery',
    () => change('delivery-status', '', { complete: false }),
    /0 complete delivery statuses instead of 1/,
  ],
  [
    'a damaged product',
    () => change('ngas', 'product', { encodedContents: 'AAAA' }),
    /product.* differs/,
  ],
  ['an unread message', () => change('msgq', '2', { consumed: false }), /is unread/],
  [
    'a message in somebody’s hands',
    () => change('msgq', '2', { delivery: { state: 'claimed', holder } }),
    /is claimed/,
  ],
  [
    'a message that was given up',
    () => change('msgq', '2', { delivery: { state: 'dead', error: 'why', holder } }),
    /is dead: why/,
  ],
  [
    'a write where none may be made',
    async () => void (await open('ngas', 'EU').put({ _id: 'smuggled' })),
    /ngas\/smuggled is undefined at JAO/,
  ],
];

describe('found:', () => {
  for (const [what, damage, problem] of damages) {
    test(what, async () => {
      await damage();
      const problems = await line.check();
      expect(problems.filter((each) => problem.test(each))).not.toEqual([]);
    });
  }

  test('damage in a cache', async () => {
    const { tree } = line.world.network.host('JAO');
    const cache = tree.requireDirectory('/cache/JAO');
    const [run] = [...cache.keys()].filter((name) => name.startsWith('2015'));
    const [weblog] = [...cache.keys()].filter((name) => name.endsWith('.zip'));
    tree.put(`/cache/JAO/${weblog}`, Buffer.from('other bytes'));
    tree.remove(`/cache/JAO/${run}`);
    tree.put('/cache/JAO/left-over', Buffer.from('x'));
    const problems = (await line.check()).join('\n');
    expect(problems).toContain(`${weblog} differs`);
    expect(problems).toContain(`${run}/ is not in JAO's cache`);
    expect(problems).toContain('left-over is in JAO');
    expect(problems).toMatch(/product.* is archived, but in no cache/);
  });
});

describe('found in a history:', () => {
  type Entry = Record<string, unknown>;

  async function withHistory(edit: (history: Entry[]) => Entry[]): Promise<string> {
    const { history } = await firstOf('status-entities');
    await change('status-entities', '', { history: edit(history as Entry[]) });
    return (await line.check()).join('\n');
  }
  const without = (state: string) => (history: Entry[]) =>
    history.filter((entry) => entry.state !== state);

  test('a transition that does not exist', async () => {
    expect(await withHistory(without('Reviewing'))).toMatch(
      /no such transition: ReadyForReview > Verified/,
    );
  });

  test('another end', async () => {
    expect(await withHistory(without('Delivered'))).toMatch(/ends in DeliveryInProgress/);
  });

  test('a step of ingestion that is missing', async () => {
    const edit = (history: Entry[]) =>
      history.filter(({ substate }) => substate !== 'AnalyzingProducts');
    expect(await withHistory(edit)).toMatch(
      /ingested by IngestionTriggered, IngestingProducts, ProductsIngested/,
    );
  });

  test('something that happened twice, and a time that goes back', async () => {
    const edit = (history: Entry[]) => [...history, history.at(-1) as Entry];
    const problems = await withHistory(edit);
    expect(problems).toMatch(/happened twice: delivered to EU/);
    expect(problems).toMatch(/Delivered at .*, not after/);
  });
});
