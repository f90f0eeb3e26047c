// Messages, actors and replications as pages see them.

import { afterEach, describe, expect, it } from 'vitest';
import { LiveModel } from '../../../dashboard/server/model/live-model.ts';
import { ActorSink } from '../../../dashboard/server/watch/actor-sink.ts';
import { describeThisProcess } from '../../../mockup/cli/actor/this-process.ts';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import type { Document, Stored } from '../../../mockup/platform/couch/database.ts';
import { applyReplications } from '../../../mockup/replication/apply.ts';
import { initDatabases } from '../../../mockup/replication/init-databases.ts';
import { planReplications } from '../../../mockup/replication/plan.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { connect, ports, TestSite } from './site.ts';

describe('a site', () => {
  let site: TestSite;
  afterEach(() => site.stop());

  function busOf(actor: string) {
    const messages = site.server.open('msgq');
    const bus = createBus({
      ...ports,
      messages,
      ...describeThisProcess(actor, 'JAO', ports.random),
    });
    site.add(() => bus.close());
    return bus;
  }

  it('shows a message waiting, in flight, and done', async () => {
    site = await TestSite.start();
    const page = await site.page();
    const sender = busOf('dra');
    await sender.send('pipeline.process.EU', { ousUID: 'uid://A/B/C', recipe: 'PipelineImaging' });
    await page.until(() => page.get('queue', 'pipeline.process.EU')?.open === 1);
    const [waiting] = [...page.known.values()].filter((one) => 'selector' in one);
    expect(waiting).toMatchObject({
      ...{ state: 'open', sender: 'dra@JAO', about: 'uid://A/B/C', what: 'PipelineImaging' },
      ...{ kind: 'message', queue: 'pipeline.process.EU', receiver: null },
    });

    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const receiver = busOf('torque-maui').receive('pipeline.process.EU', () => finished);
    site.add(() => receiver.stop());
    const id = waiting?.id ?? '';
    await page.until(() => page.get('message', id)?.state === 'claimed');
    expect(page.get('message', id)).toMatchObject({ receiver: 'torque-maui@JAO', attempts: 1 });
    expect(await site.json('/api/tables/unread')).toMatchObject({ found: 1, total: 1 });
    finish();
    await page.until(() => page.get('message', id)?.state === 'done');
    await page.until(() => page.get('queue', 'pipeline.process.EU')?.done === 1);
    expect(page.get('queue', 'pipeline.process.EU')).toMatchObject({
      ...{ open: 0, claimed: 0, dead: 0, sent: 1, redelivered: 0, oldest_ms: null },
    });
    // A page that comes later may be told the end, and nothing else.
    const late = await site.page();
    await late.until(() => late.get('queue', 'pipeline.process.EU')?.done === 1);
    expect([undefined, 'done']).toContain(late.get('message', id)?.state);
  });

  it('counts attempts, and shows what was given up', async () => {
    site = await TestSite.start();
    const page = await site.page();
    const message = {
      ...{ _id: `2026-07-01T10:00:00.000-${'b'.repeat(32)}`, selector: 'ingest.JAO' },
      ...{ creationTimestamp: '2026-07-01T10:00:00.000', originIP: '', body: {} },
    };
    const waiting = { ...message, consumed: false };
    const rev = await site.put('msgq', waiting);
    await page.until(() => page.get('queue', 'ingest.JAO')?.open === 1);
    expect(page.get('queue', 'ingest.JAO')?.oldest_ms).toBe(Date.UTC(2026, 6, 1, 10));
    const delivery = { state: 'dead', attempts: 5, error: 'no such directory' };
    const dead = { ...message, consumed: true, delivery };
    await site.put('msgq', { ...dead, _rev: rev } as typeof dead);
    await page.until(() => page.get('queue', 'ingest.JAO')?.dead === 1);
    expect(page.get('queue', 'ingest.JAO')).toMatchObject({ redelivered: 4, open: 0 });
    expect(await site.metric(/^draws_message_redeliveries_total\{selector="ingest/)).toBe(4);
    expect(await site.metric(/^draws_messages\{selector="ingest.JAO",state="dead"/)).toBe(1);
    const table = await site.json<{ rows: unknown[][] }>('/api/tables/dead');
    expect(table.rows[0]).toContain('no such directory');
  });

  it('shows each request, and its answer on the way back', async () => {
    site = await TestSite.start();
    const page = await site.page();
    const server = busOf('xtss').serve('xtss', async () => 201);
    site.add(() => server.stop());
    const answer = await busOf('launcher').call('xtss', {
      operation: 'set-state',
      value: 'Verified',
    });
    expect(answer).toBe(201);
    await page.until(() => page.get('queue', 'answers')?.done === 1);
    const told = page.changes.flatMap((change) =>
      change.kind === 'message' && 'value' in change ? [change.value] : [],
    );
    expect(told.find(({ kind }) => kind === 'request')).toMatchObject({
      ...{ selector: 'xtss', sender: 'launcher@JAO', what: 'set-state Verified' },
    });
    expect(told.find(({ kind }) => kind === 'answer')).toMatchObject({
      ...{ queue: 'answers', receiver: 'launcher@JAO', sender: 'xtss@JAO' },
    });
  });

  it('shows the replications that its server and its peers run', async () => {
    const arc = await startCouchServer();
    const arcUrl = arc.url;
    site = await TestSite.start({ peers: [{ site: 'EU', url: arcUrl }] });
    site.add(() => arc.close());
    await initDatabases(connect(arcUrl));
    const plan = planReplications({ executive: 'JAO', url: site.couch.url }, [
      { executive: 'EU', url: arcUrl },
    ]);
    await applyReplications(plan, ({ url }) => connect(url));
    const page = await site.page();
    const running = () =>
      [...page.known.values()].flatMap((one) =>
        'docsWritten' in one && one.state === 'running'
          ? [`${one.database} ${one.from} ${one.to}`]
          : [],
      );
    await page.until(() => running().length === plan.length);
    expect(running()).toContain('msgq EU JAO');
    expect(running()).toContain('status-entities JAO EU');
    expect(await site.metric(/^draws_replication_up\{database="ngas",from="JAO",to="EU"/)).toBe(1);
    await arc.close();
    await page.until(() =>
      [...page.known.values()].some((one) => 'docsWritten' in one && one.state === 'unreachable'),
    );
  });
});

describe('actors', () => {
  const heartbeat = (rev: string, fields: object = {}) =>
    ({
      ...{ _id: 'JAO.xtss', _rev: rev, name: 'xtss', site: 'JAO', host: 'h', pid: 7 },
      ...{ started: '2026-01-05T00:00:00.000', timestamp: '2026-01-05T00:00:00.000' },
      ...{ state: 'idle', workingOn: [], counts: { requests: 2 } },
      ...fields,
    }) as Stored<Document>;

  function watched() {
    const clock = createVirtualClock();
    const model = new LiveModel();
    const sink = new ActorSink(model, {} as never, clock);
    const state = () => model.get('actor', 'JAO.xtss')?.state;
    return { clock, sink, state };
  }

  it('are down when no heartbeat came for too long, and up again with the next', async () => {
    const { clock, sink, state } = watched();
    sink.put(heartbeat('1-a'));
    await clock.runFor(44_000);
    expect(state()).toBe('idle');
    await clock.runFor(2_000);
    expect(state()).toBe('down');
    sink.put(heartbeat('2-a', { state: 'busy', workingOn: ['uid://A/B/C'] }));
    expect(state()).toBe('busy');
    sink.put(heartbeat('3-a', { state: 'stopped' }));
    await clock.runFor(100_000);
    expect(state()).toBe('stopped');
  });

  it('are judged by the time of a heartbeat only where it was there before', async () => {
    const { clock, sink, state } = watched();
    await clock.runFor(60_000);
    sink.reading(true);
    sink.put(heartbeat('1-a'));
    sink.reading(false);
    expect(state()).toBe('down');
    // The clock of that site is hours behind; its heartbeat arrives all the same.
    sink.put(heartbeat('2-a', { timestamp: '2026-01-04T20:00:00.000' }));
    expect(state()).toBe('idle');
  });

  it('are not judged while the database is away', async () => {
    const { clock, sink, state } = watched();
    sink.put(heartbeat('1-a'));
    sink.lost();
    await clock.runFor(600_000);
    expect(state()).toBe('idle');
    sink.reading(true);
    sink.put(heartbeat('1-a'));
    sink.reading(false);
    expect(state()).toBe('idle');
    await clock.runFor(46_000);
    expect(state()).toBe('down');
    // Nor does another outage bring it back to life.
    sink.lost();
    sink.reading(true);
    sink.put(heartbeat('1-a'));
    sink.reading(false);
    expect(state()).toBe('down');
  });
});
