// A database server that is frozen takes connections, as its system does for it, and answers
// nothing: whoever follows or calls it learns that, and goes on when it thaws.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { planReplications } from '../../../mockup/replication/plan.ts';
import { replicationStatus } from '../../../mockup/replication/replication-status.ts';

async function startServer(): Promise<{ child: ChildProcess; url: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'frozen-'));
  const script = new URL('../../couch-server/server-child.ts', import.meta.url);
  const execArgv = ['--disable-warning=ExperimentalWarning'];
  const child = fork(script, [directory], { execArgv });
  onTestFinished(async () => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await rm(directory, { recursive: true, force: true });
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { child, url };
}

function connect(url: string, giveUpAfter_ms?: number) {
  const [clock, random] = [createSystemClock(), createSystemRandom()];
  return createNanoServer(url, { clock, random, log: silentLogger, giveUpAfter_ms });
}

test('every feed and every call notices, and all go on afterwards', {
  timeout: 60_000,
}, async () => {
  const { child, url } = await startServer();
  const server = connect(url);
  const follow = async (name: string) => {
    await server.create(name);
    const lost = Promise.withResolvers<Error>();
    const back = Promise.withResolvers<void>();
    const change = Promise.withResolvers<string>();
    const feed = server.open(name).follow({
      since: '0',
      onState: (error) => (error ? lost.resolve(error) : back.resolve()),
      onChanges: ([first]) => change.resolve(first?.id ?? ''),
    });
    onTestFinished(() => feed.stop());
    return { name, lost: lost.promise, back: back.promise, change: change.promise };
  };
  const feeds = [await follow('one'), await follow('two'), await follow('three')];
  child.kill('SIGSTOP');
  const waiting = server.open('one').info();
  await expect(connect(url, 0).open('one').info()).rejects.toThrow('does not answer');
  for (const { lost } of feeds) expect((await lost).message).toContain('does not answer');
  child.kill('SIGCONT');
  await Promise.all(feeds.map(({ back }) => back));
  expect(await waiting).toMatchObject({ docCount: 0 });
  for (const { name } of feeds) await server.open(name).put({ _id: `of ${name}` });
  for (const { name, change } of feeds) expect(await change).toBe(`of ${name}`);
});

test('a replication from a frozen site is not in step', { timeout: 60_000 }, async () => {
  const [jao, eu] = [await startServer(), await startServer()];
  const plan = planReplications({ executive: 'JAO', url: jao.url }, [
    { executive: 'EU', url: eu.url },
  ]).filter(({ id }) => id === 'draws-msgq-from-EU-to-JAO');
  for (const { url } of [jao, eu]) await connect(url).create('msgq');
  await connect(jao.url).create('_replicator');
  await connect(jao.url)
    .open('_replicator')
    .put({
      _id: 'draws-msgq-from-EU-to-JAO',
      source: `${eu.url}/msgq`,
      target: `${jao.url}/msgq`,
      continuous: true,
    } as { _id: string });
  const state = async () => (await replicationStatus(plan))[0]?.state;
  await expect.poll(state, { timeout: 20_000 }).toBe('running');
  eu.child.kill('SIGSTOP');
  expect(await state()).not.toBe('running');
  eu.child.kill('SIGCONT');
  await expect.poll(state, { timeout: 30_000 }).toBe('running');
});
