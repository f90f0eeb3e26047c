import { expect, it } from 'vitest';
import { formatTimestamp } from '../../../mockup/core/timestamps.ts';
import { removeGhosts } from '../../../mockup/platform/actor/ghost-heartbeats.ts';
import { startHeartbeat } from '../../../mockup/platform/actor/heartbeat.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

const DAY_MS = 24 * 3_600_000;

it('removes second documents of one process, and what is down for long, of its own site', async () => {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await server.create('actors');
  const actors = server.open('actors');
  const put = (id: string, instance: string, age_ms: number, more: object = {}) => {
    const [site = '', name = ''] = id.split('.');
    const timestamp = formatTimestamp(clock.now() - age_ms);
    const holder = { actor: name, site, machine: 'm', pid: 1, instance };
    const fields = { name, site, host: 'h', pid: 1, holder, started: timestamp, timestamp };
    const doc = { _id: id, ...fields, state: 'idle', workingOn: [], counts: {}, ...more };
    return clock.complete(actors.put(doc));
  };
  await put('JAO.dra', 'one', 600_000);
  await put('JAO.dra.2', 'one', 500_000);
  await put('JAO.dra.3', 'one', 5_000);
  await put('JAO.xtss', 'down since yesterday', DAY_MS);
  await put('JAO.launcher', 'down for long', 8 * DAY_MS);
  await put('EU.dra', 'of another site', 8 * DAY_MS);
  await clock.complete(actors.put({ _id: 'JAO.x', what: 'no heartbeat' } as { _id: string }));
  const options = { actors, clock, site: 'JAO' };
  expect(await clock.complete(removeGhosts(options))).toBe(3);
  const left = (await clock.complete(actors.allDocs())).map(({ _id }) => _id);
  expect(left).toEqual(['EU.dra', 'JAO.dra.3', 'JAO.x', 'JAO.xtss']);
  expect(await clock.complete(removeGhosts(options))).toBe(0);
});

it('a process whose document was removed goes on under its first one', async () => {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await server.create('actors');
  const actors = server.open('actors');
  const self = { actor: 'dra', site: 'JAO', machine: 'm', pid: 1, instance: 'i' };
  const common = { actors, clock, log: silentLogger, self, host: 'h' };
  const beat = await clock.complete(startHeartbeat({ ...common, isHolderGone: () => false }));
  const [doc] = await clock.complete(actors.allDocs());
  await clock.complete(
    actors.bulk([{ _id: 'JAO.dra', _rev: doc?._rev, _deleted: true }] as never),
  );
  await clock.runFor(60_000);
  const left = (await clock.complete(actors.allDocs())).map(({ _id }) => _id);
  expect(left).toEqual(['JAO.dra']);
  await clock.complete(beat.stop());
});
