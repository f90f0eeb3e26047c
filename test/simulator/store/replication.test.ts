// Replicated stores end equal, whatever was written where and whenever the link was cut.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { bodyOf, DocumentStore } from '../../../mockup/simulator/store/document-store.ts';
import { replicate } from '../../../mockup/simulator/store/replication.ts';

function pair(latency_ms = 30) {
  const clock = createVirtualClock();
  const jao = new DocumentStore('msgq');
  const eu = new DocumentStore('msgq');
  const links = [
    replicate(jao, eu, { clock, latency_ms }),
    replicate(eu, jao, { clock, latency_ms }),
  ];
  return { clock, jao, eu, links };
}

/** All that a store says of its documents, conflicts and tombstones too. */
function contentOf(store: DocumentStore): unknown {
  return [...store.documents()].map((document) => ({
    body: bodyOf(document),
    leaves: document.leaves.map(({ rev, deleted }) => ({ rev, deleted })),
  }));
}

test('a write arrives after the latency, with its history', async () => {
  const { clock, jao, eu } = pair();
  const first = jao.write({ _id: 'a', n: 1 } as never);
  await clock.runFor(29);
  expect(eu.get('a')).toBeUndefined();
  await clock.runFor(1);
  expect(eu.get('a')?.leaves[0]?.rev).toBe(first);
  const second = eu.write({ _id: 'a', _rev: first, n: 2 } as never);
  await clock.runFor(30);
  expect(jao.get('a')?.leaves).toMatchObject([{ rev: second, history: [second, first] }]);
  expect(jao.lastSeq).toBe(2);
});

test('two writes at once are a conflict with the same winner at both sides', async () => {
  const { clock, jao, eu } = pair();
  const [mine, theirs] = [jao, eu].map((store, n) => store.write({ _id: 'a', n } as never));
  await clock.runFor(100);
  expect(contentOf(jao)).toEqual(contentOf(eu));
  const leaves = jao.get('a')?.leaves.map(({ rev }) => rev);
  expect(leaves).toEqual([mine, theirs].sort().reverse());
  // Removing the winner leaves the other.
  jao.write({ _id: 'a', _rev: leaves?.[0] as string, _deleted: true });
  await clock.runFor(100);
  expect(bodyOf(eu.get('a') as never)._rev).toBe(leaves?.[1]);
});

test('a link that was cut catches up when it is healed', async () => {
  const { clock, jao, eu, links } = pair();
  jao.write({ _id: 'a' });
  await clock.runFor(10);
  for (const link of links) link.cut();
  jao.write({ _id: 'b' });
  eu.write({ _id: 'c' });
  await clock.runFor(1000);
  expect([eu.count, jao.count]).toEqual([1, 2]);
  for (const link of links) link.heal();
  await clock.runUntil(() => links.every((link) => link.caughtUp));
  expect([eu.count, jao.count]).toEqual([3, 3]);
  expect(contentOf(jao)).toEqual(contentOf(eu));
});

test('attachments go along', async () => {
  const { clock, jao, eu } = pair();
  const data = Buffer.from('zip').toString('base64');
  jao.write({ _id: 'a', _attachments: { contents: { content_type: 'x/y', data } } } as never);
  await clock.runFor(100);
  const stub = bodyOf(eu.get('a') as never)._attachments?.contents;
  expect(Buffer.from(eu.attachments.get(stub?.digest ?? '') ?? []).toString()).toBe('zip');
});

test('any writes on both sides end equal', async () => {
  const write = fc.record({
    at: fc.constantFrom('jao', 'eu'),
    id: fc.constantFrom('a', 'b', 'c'),
    kind: fc.constantFrom('put', 'put', 'delete'),
    wait_ms: fc.integer({ min: 0, max: 60 }),
    cut: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 25 }), async (writes) => {
      const { clock, links, ...stores } = pair();
      for (const [n, { at, id, kind, wait_ms, cut }] of writes.entries()) {
        const store = at === 'jao' ? stores.jao : stores.eu;
        const current = store.get(id)?.leaves[0];
        const _rev = !current || current.deleted ? {} : { _rev: current.rev };
        if (kind === 'delete') store.write({ _id: id, ..._rev, _deleted: true });
        else store.write({ _id: id, ..._rev, n } as never);
        await clock.runFor(wait_ms);
        for (const link of links) cut ? link.cut() : link.heal();
      }
      for (const link of links) link.heal();
      await clock.runFor(1000);
      expect(contentOf(stores.jao)).toEqual(contentOf(stores.eu));
      const living = [...stores.jao.documents()].filter(({ leaves }) => !leaves[0]?.deleted);
      expect(stores.jao.count).toBe(living.length);
    }),
    { numRuns: 200 },
  );
});
