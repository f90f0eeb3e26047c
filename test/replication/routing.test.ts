// Which messages go to an ARC: by the selector of the replication, on the embedded servers.

import { describe, expect, it, onTestFinished } from 'vitest';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { messagesForArc, tombstoneOf } from '../../mockup/core/messages/routing.ts';
import { startCouchServer } from '../../mockup/couch-server/server.ts';
import type { Document } from '../../mockup/platform/couch/database.ts';
import { applyReplications } from '../../mockup/replication/apply.ts';
import { initDatabases } from '../../mockup/replication/init-databases.ts';
import { planReplications } from '../../mockup/replication/plan.ts';
import { compileSelector } from '../../mockup/simulator/store/selector.ts';

const ID = 'a'.repeat(32);
const messages: [name: string, doc: object, at: string][] = [
  ['a job for EU', { selector: 'pipeline.process.EU', sender: 'dra@JAO' }, 'EU'],
  ['a job for NA', { selector: 'pipeline.process.NA', sender: 'dra@JAO' }, 'NA'],
  ['a request at JAO', { selector: 'xtss', sender: 'dra@JAO', msgbackID: ID }, ''],
  ['a request from EU', { selector: 'xtss', sender: 'pipeline-driver@EU', msgbackID: ID }, 'EU'],
  ['an answer to EU', { selector: ID, sender: 'xtss@JAO', answerTo: 'x@EU' }, 'EU'],
  ['an answer to JAO', { selector: ID, sender: 'xtss@JAO', answerTo: 'dra@JAO' }, ''],
  ['a Python job for EU', { selector: 'pipeline.process.EU' }, 'EU NA'],
  ['an answer of a Python XTSS', { selector: ID }, 'EU NA'],
  ['our answer to a Python actor', { selector: ID, sender: 'xtss@JAO' }, 'EU NA'],
  ['a report from EU', { selector: 'pipeline.report.JAO', sender: 'pipeline-driver@EU' }, 'EU'],
  ['a group', { members: ['cached.EU'] }, 'EU NA'],
];

describe('a message', () => {
  it.each(messages)('%s goes where it belongs', (_, doc, at) => {
    const goesTo = (['EU', 'NA'] as const).filter((arc) =>
      compileSelector(messagesForArc(arc))({ _id: 'x', ...doc }),
    );
    expect(goesTo.join(' ')).toBe(at);
  });

  it.each(messages)('%s is deleted where it went', (_, doc, at) => {
    const tombstone = tombstoneOf({ _id: 'x', _rev: '1-a', ...doc });
    const goesTo = (['EU', 'NA'] as const).filter((arc) =>
      compileSelector(messagesForArc(arc))(tombstone),
    );
    expect(goesTo.join(' ')).toBe(at);
  });
});

it('reaches its site alone, and what is deleted is deleted there', {
  timeout: 60_000,
}, async () => {
  const sites = await Promise.all(
    (['JAO', 'EU', 'NA'] as const).map(async (executive) => {
      const server = await startCouchServer();
      onTestFinished(() => server.close());
      const databases = connectTo(server.url);
      await initDatabases(databases);
      return { executive, url: server.url, databases };
    }),
  );
  const [jao, eu, na] = sites;
  if (!jao || !eu || !na) throw new Error('three sites were started');
  await applyReplications(planReplications(jao, [eu, na]), ({ url }) => connectTo(url));
  const documents = messages.map(([name, doc], index) => ({ _id: `m${index}`, name, ...doc }));
  await jao.databases.open('msgq').bulk(documents);
  const namesAt = async (site: typeof eu) =>
    (await site.databases.open('msgq').allDocs<Document>()).map(({ name }) => name).sort();
  const wanted = (site: string) =>
    messages.filter(([, , at]) => at.includes(site)).map(([name]) => name);
  await expect.poll(() => namesAt(eu), { timeout: 20_000 }).toEqual(wanted('EU').sort());
  await expect.poll(() => namesAt(na), { timeout: 20_000 }).toEqual(wanted('NA').sort());
  const all = await jao.databases.open('msgq').allDocs<Document>();
  await jao.databases.open('msgq').bulk(all.map(tombstoneOf));
  await expect.poll(() => namesAt(eu), { timeout: 20_000 }).toEqual([]);
  await expect.poll(() => namesAt(na), { timeout: 20_000 }).toEqual([]);
});
