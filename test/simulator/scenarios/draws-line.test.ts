// The whole line in the simulated world: quick, the same for the same seed, and right in the end.

import { expect, test } from 'vitest';
import { startDrawsLine } from '../../../mockup/simulator/scenarios/draws-line.ts';
import { bodyOf } from '../../../mockup/simulator/store/document-store.ts';

test('nine OUSs at two sites, with the mockup’s waiting times', async () => {
  const seed = process.env.DRAWS_SEED ?? `${Date.now()}`;
  console.log(`seed ${seed}`);
  const start = performance.now();
  const line = await startDrawsLine({ seed, ous: 9 });
  await line.runToDelivered();
  const real_s = ((performance.now() - start) / 1000).toFixed(2);
  const virtual_s = line.world.clock.monotonic() / 1000;
  console.log(`${virtual_s.toFixed(1)} virtual s in ${real_s} s`);
  expect(await line.check()).toEqual([]);
  expect(virtual_s).toBeGreaterThan(45);
}, 10_000);

test('the same seed gives the same histories, byte for byte; another seed others', async () => {
  const histories = async (seed: string): Promise<string> => {
    const line = await startDrawsLine({ seed, ous: 9 });
    await line.runToDelivered();
    return line.histories();
  };
  const first = await histories('first');
  expect(await histories('first')).toBe(first);
  expect(await histories('second')).not.toBe(first);
}, 20_000);

test('all four sites, several jobs at a time', async () => {
  const line = await startDrawsLine({
    seed: 'four sites',
    ous: 18,
    sites: ['JAO', 'EU', 'NA', 'EA'],
    maxJobs: 3,
  });
  await line.runToDelivered();
  expect(await line.check()).toEqual([]);
  for (const arc of ['EU', 'NA', 'EA']) expect(line.histories()).toContain(`"executive":"${arc}"`);
}, 20_000);

test('without any deliberate waiting', async () => {
  const line = await startDrawsLine({ seed: 'no waiting', ous: 6, pace: 0, maxJobs: 4 });
  await line.runToDelivered();
  expect(await line.check()).toEqual([]);
});

test('failed runs are queued again, failed reviews processed again', async () => {
  const line = await startDrawsLine({
    seed: 'failures',
    ous: 6,
    failureRate: 0.5,
    verdicts: { pass: 0.4, semipass: 0.1, fail: 0.5 },
  });
  await line.runToDelivered();
  expect(await line.check()).toEqual([]);
  expect(line.histories()).toContain('"state":"ProcessingProblem"');
  expect(line.histories()).toContain('QA2 Fail');
}, 20_000);

test('a link that is down for an hour delays, and nothing else', async () => {
  const line = await startDrawsLine({ seed: 'cut', ous: 3 });
  const { network, clock } = line.world;
  for (const down_ms of [6_000, 11_000, 14_000]) {
    await clock.runFor(down_ms);
    network.cut('EU');
    await clock.runFor(3_600_000);
    network.heal('EU');
  }
  await line.runToDelivered();
  expect(await line.check()).toEqual([]);
}, 20_000);

test('while a link is down all jobs that came run to their end, with two slots', async () => {
  const line = await startDrawsLine({ seed: 'slots', ous: 8, maxJobs: 2, failureRate: 0 });
  const { network, clock, processes } = line.world;
  const eu = network.host('EU').server.store('msgq');
  const came = () =>
    [...eu.documents()].filter((one) => bodyOf(one).selector === 'pipeline.process.EU').length;
  await line.world.runUntil(() => came() === 8);
  network.cut('EU');
  await clock.runFor(600_000);
  const drivers = processes.filter(({ holder }) => holder.actor === 'pipeline-driver');
  expect(drivers).toHaveLength(8);
  expect(drivers.filter(({ gate }) => gate.alive)).toEqual([]);
  network.heal('EU');
  await line.runToDelivered();
  expect(await line.check()).toEqual([]);
}, 20_000);
