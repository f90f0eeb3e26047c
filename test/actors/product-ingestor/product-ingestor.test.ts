import { beforeEach, describe, expect, it } from 'vitest';
import { createProductIngestor } from '../../../mockup/actors/product-ingestor/product-ingestor.ts';
import { databaseNames } from '../../../mockup/core/databases.ts';
import type { DeliveryStatus } from '../../../mockup/core/products/delivery-status.ts';
import type { NgasDocument } from '../../../mockup/core/products/ngas-document.ts';
import type { CrashPlan } from '../../../mockup/simulator/fault/port-gate.ts';
import { Line, ousUid, type ProcessOptions, progId } from '../helpers/line.ts';

const productsDir = '2015.1.00657.S_2026_01_05T00_00_00.001';
const timestamp = '2026-01-05T00:00:00.001';
const directory = `/cache/JAO/${productsDir}/SOUS/GOUS/uid___X1_X1_Xb0/products`;
const order = { ousUID: ousUid, timestamp, productsDir };
const names = [0, 1, 2].map((index) => `product-${index}-X1-X1-Xb0-${timestamp}.data`);

let line: Line;

beforeEach(async () => {
  line = await Line.start();
  await line.putOus({ state: 'Verified' });
});

async function start(more: ProcessOptions = {}) {
  const process = line.process('product-ingestor', { site: 'JAO', ...more });
  const options = { localCache: '/cache/JAO' };
  const ingestor = await line.run(createProductIngestor(process.ports, options));
  return { process, ingestor };
}

async function writeProducts() {
  for (const name of names) await line.files.write(`${directory}/${name}`, `content of ${name}`);
  await line.files.write(`${directory}/pl-report-x.xml`, 'no product');
  await line.files.write(`${directory}/weblog-x.zip`, 'no product');
}

const send = (body: object) =>
  line.run(line.process('aqua-qa2', { site: 'JAO' }).ports.bus.send('ingest.JAO', body));
const delivery = async () => (await line.docs<DeliveryStatus>(databaseNames.deliveryStatus))[0];
const substates = async () => (await line.ous()).history?.map(({ substate }) => substate);
const messageState = async () => (await line.messages('ingest.JAO'))[0]?.delivery;

const steps = ['IngestionTriggered', 'AnalyzingProducts', 'IngestingProducts', 'ProductsIngested'];

async function facts() {
  const archived = await line.docs<NgasDocument>(databaseNames.ngas);
  const status = await delivery();
  return {
    substates: await substates(),
    archived: archived.map(({ _id, encodedContents, checksum }) => [
      _id,
      encodedContents,
      checksum,
    ]),
    metadata: (await line.docs<{ _rev: string }>(databaseNames.productsMetadata)).map(
      ({ _rev, ...doc }) => doc,
    ),
    status: status && { ...status, _rev: '' },
  };
}

describe('the product ingestor', () => {
  it('walks the steps, and archives, describes and lists every product', async () => {
    await writeProducts();
    await start();
    await send(order);
    await line.clock.runFor(60_000);
    expect(await substates()).toEqual([null, ...steps]);
    expect(await delivery()).toMatchObject({
      _id: 'uid___X1_X1_Xb0',
      ...{ progID: progId, ousUID: ousUid, timestamp, productsDir },
      dataProducts: names,
      complete: true,
    });
    const { archived, metadata } = await facts();
    expect(archived).toHaveLength(3);
    expect(metadata).toEqual(
      names.map((name) => ({
        _id: name.replaceAll(':', '_'),
        ...{ progID: progId, ousUID: ousUid, timestamp },
      })),
    );
    expect(await messageState()).toMatchObject({ state: 'done', attempts: 1 });
  });

  it('lists the products one by one', async () => {
    await writeProducts();
    await start();
    const seen: [number, boolean][] = [];
    const feed = line.server.open(databaseNames.deliveryStatus).follow({
      ...{ since: '0', includeDocs: true },
      onChanges: (changes) => {
        for (const { doc } of changes) {
          const { dataProducts, complete } = doc as unknown as DeliveryStatus;
          seen.push([dataProducts.length, complete]);
        }
      },
    });
    await send(order);
    await line.clock.runFor(60_000);
    await line.run(feed.stop());
    expect(seen).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
  });

  it('keeps nobody waiting for many that are late', async () => {
    await start();
    for (let n = 0; n < 20; n++) {
      const late = { _id: `uid___X1_X1_Xc${n}`, entityId: `uid://X1/X1/Xc${n}` };
      await line.putOus({ ...late, state: 'Verified' });
      await send({ ...order, ousUID: late.entityId, productsDir: `late-${n}` });
    }
    await line.clock.runFor(60_000);
    await writeProducts();
    await send(order);
    await line.clock.runFor(30_000);
    expect(await delivery()).toMatchObject({ ousUID: ousUid, complete: true });
  });

  it('waits for products that come late, while others go on', async () => {
    await start();
    await send(order);
    await line.clock.runFor(600_000);
    expect(await substates()).toEqual([null, 'IngestionTriggered']);
    expect(await messageState()).toMatchObject({ state: 'claimed', attempts: 1 });
    await writeProducts();
    await line.clock.runFor(60_000);
    expect(await delivery()).toMatchObject({ complete: true });
    expect(await messageState()).toMatchObject({ state: 'done', attempts: 1 });
  });

  it('stops quickly while it waits, and the next one goes on', async () => {
    const { ingestor } = await start();
    await send(order);
    await line.clock.runFor(10_000);
    const stopping = line.clock.now();
    await line.run(ingestor.stop());
    expect(line.clock.now() - stopping).toBeLessThan(1000);
    await writeProducts();
    await start();
    await line.clock.runFor(60_000);
    expect(await delivery()).toMatchObject({ complete: true });
  });

  it('starts the list anew for another run of the same OUS', async () => {
    await writeProducts();
    await line.server.open(databaseNames.deliveryStatus).put({
      _id: 'uid___X1_X1_Xb0',
      ...{ progID: progId, ousUID: ousUid, timestamp: 'before', productsDir: 'before' },
      ...{ dataProducts: ['of the run before'], complete: true },
    } as { _id: string });
    await start();
    await send(order);
    await line.clock.runFor(60_000);
    expect(await delivery()).toMatchObject({ dataProducts: names, complete: true, productsDir });
  });

  it('leaves an OUS alone that has moved on', async () => {
    await writeProducts();
    await start();
    await line.putOus({ state: 'ReadyForProcessing' });
    await send(order);
    await line.clock.runFor(60_000);
    expect(await substates()).toEqual([null]);
    expect(await line.docs(databaseNames.ngas)).toEqual([]);
    expect(await messageState()).toMatchObject({ state: 'done' });
  });

  it('passes over an order for a superseded run, and takes that of the present one', async () => {
    await writeProducts();
    await start();
    const run = (attempt: number) => ({ assignment: 'one', attempt });
    await line.putOus({ state: 'Verified', run: run(3) });
    await send({ ...order, run: run(2) });
    await line.clock.runFor(60_000);
    expect(await line.docs(databaseNames.ngas)).toEqual([]);
    expect(await line.docs(databaseNames.deliveryStatus)).toEqual([]);
    expect(await substates()).toEqual([null]);
    expect(await messageState()).toMatchObject({ state: 'done' });
    await send({ ...order, run: run(3) });
    await line.clock.runFor(60_000);
    expect(await delivery()).toMatchObject({ dataProducts: names, complete: true });
  });

  it('ends where the OUS is launched again in the middle', async () => {
    await start();
    await send(order);
    await line.clock.runFor(10_000);
    await line.putOus({ state: 'ReadyForProcessing' });
    await writeProducts();
    await line.clock.runFor(60_000);
    expect(await line.ous()).toMatchObject({ state: 'ReadyForProcessing', substate: null });
    expect(await line.docs(databaseNames.deliveryStatus)).toEqual([]);
    expect(await messageState()).toMatchObject({ state: 'done' });
  });

  it.each([
    [{ ...order, ousUID: 'uid://X1/X1/unknown' }, 'no OUS'],
    [{ ...order, productsDir: '../../etc' }, 'productsDir'],
    [{ ...order, timestamp: 7 }, 'timestamp'],
  ])('keeps a bad order on record: %j', async (body, complaint) => {
    await start();
    await send(body);
    await line.clock.runFor(60_000);
    const { state, error } = (await messageState()) ?? {};
    expect(state).toBe('dead');
    expect(error).toContain(complaint);
  });

  it('keeps on record that the archive has another file of that name', async () => {
    await writeProducts();
    const ngas = line.server.open(databaseNames.ngas);
    const [name = ''] = names;
    await ngas.put({ _id: name.replaceAll(':', '_'), encodedContents: 'eA==' } as { _id: string });
    await start();
    await send(order);
    await line.clock.runFor(120_000);
    expect(await messageState()).toMatchObject({
      state: 'dead',
      error: expect.stringContaining('another file of the name'),
    });
    expect(await substates()).not.toContain('ProductsIngested');
  });

  it('ends the same wherever it crashes', async () => {
    const outcome = async (crash: CrashPlan | undefined) => {
      line = await Line.start();
      await line.putOus({ state: 'Verified' });
      await writeProducts();
      const process = line.process('product-ingestor', { site: 'JAO', ...(crash && { crash }) });
      const created = createProductIngestor(process.ports, { localCache: '/cache/JAO' });
      await line.run(Promise.race([created, process.died]));
      await send(order);
      await line.clock.runFor(60_000);
      if (!process.gate.alive) {
        await start();
        await line.clock.runFor(60_000);
      }
      expect(await messageState()).toMatchObject({ state: 'done' });
      return { facts: await facts(), calls: process.gate.calls.length };
    };
    const undisturbed = await outcome(undefined);
    expect(undisturbed.calls).toBeGreaterThan(25);
    for (let call = 1; call <= undisturbed.calls; call++) {
      for (const moment of ['before', 'after'] as const) {
        const disturbed = await outcome({ call, moment });
        expect(disturbed.facts, `${moment} call ${call}`).toEqual(undisturbed.facts);
      }
    }
  });
});
