import { beforeEach, describe, expect, it } from 'vitest';
import { createDataTracker } from '../../../mockup/actors/data-tracker/data-tracker.ts';
import { databaseNames } from '../../../mockup/core/databases.ts';
import { documentId } from '../../../mockup/core/identifiers.ts';
import type { HistoryEntry, OusDocument } from '../../../mockup/core/ous/ous.ts';
import { ingestionCause } from '../../../mockup/core/products/delivery-status.ts';
import type { Writable } from '../../../mockup/platform/couch/database.ts';
import { Line, ousUid, type ProcessOptions, progId } from '../helpers/line.ts';

const productsDir = '2015.1.00657.S_2026_01_05T00_00_00.001';
const products = ['product-0-X1-2026-01-05T00:00:00.001.data', 'product-1-X1.data'];
const timestamp = '2026-01-05T00:00:00.000';

let line: Line;

beforeEach(async () => {
  line = await Line.start();
});

const put = (database: string, doc: Writable & Record<string, unknown>, server = line.server) =>
  server.open(database).put(doc);
const putProduct = (name: string, server = line.server) =>
  put(databaseNames.ngas, { _id: documentId(name), encodedContents: 'eA==' }, server);
const putStatus = (more: object = {}, server = line.server) => {
  const doc = {
    _id: documentId(ousUid),
    progID: progId,
    ousUID: ousUid,
    timestamp,
    dataProducts: products,
    complete: true,
    productsDir,
    ...more,
  };
  return put(databaseNames.deliveryStatus, doc, server);
};

function entry(more: Partial<HistoryEntry>): HistoryEntry {
  return {
    ...{ timestamp, state: 'DeliveryInProgress', substate: null, executive: 'EU', by: 'test' },
    ...more,
  };
}

function ingested(dir = productsDir): Partial<OusDocument> {
  const cause = ingestionCause(dir, 'ProductsIngested');
  const substate = 'ProductsIngested';
  return {
    state: 'DeliveryInProgress',
    substate,
    history: [entry({ state: 'Verified', substate, cause }), entry({ substate })],
  };
}

async function start(more: ProcessOptions = {}) {
  const process = line.process('data-tracker', more);
  const tracker = await line.run(createDataTracker(process.ports));
  return { process, tracker };
}

describe('the data tracker', () => {
  it('has an OUS delivered that is complete when it starts', async () => {
    for (const name of products) await putProduct(name);
    await putStatus();
    await line.putOus(ingested());
    await start();
    await line.clock.runFor(1000);
    expect(await line.ous()).toMatchObject({ state: 'Delivered', substate: '', flags: {} });
    expect((await line.ous()).history).toHaveLength(3);
  });

  it.each([
    ['ous', 'status', 'products'],
    ['products', 'ous', 'status'],
    ['status', 'products', 'ous'],
    ['ous', 'products', 'status'],
  ])('waits for what comes late: %s, %s, %s', async (...order) => {
    await start();
    const arrivals: Record<string, () => Promise<unknown>> = {
      ous: () => line.putOus(ingested()),
      status: () => putStatus(),
      products: async () => {
        for (const name of products) await putProduct(name);
      },
    };
    for (const [index, what] of order.entries()) {
      await line.clock.runFor(60_000);
      expect((await line.docs<OusDocument>('status-entities'))[0]?.state).not.toBe('Delivered');
      await arrivals[what]?.();
      if (index === 2) await line.clock.runFor(100);
    }
    expect(await line.ous()).toMatchObject({ state: 'Delivered' });
  });

  it('asks once, also where the last of many products is late', async () => {
    await putStatus();
    await line.putOus(ingested());
    const { process } = await start();
    await putProduct(products[0] ?? '');
    await line.clock.runFor(1000);
    await putProduct('of another OUS');
    await line.clock.runFor(1000);
    const before = process.gate.calls.length;
    await put(databaseNames.ngas, { _id: 'of yet another OUS' });
    await line.clock.runFor(1000);
    expect(process.gate.calls).toHaveLength(before);
    await putProduct(products[1] ?? '');
    await line.clock.runFor(1000);
    expect(await line.ous()).toMatchObject({ state: 'Delivered' });
    expect(await line.messages('xtss')).toHaveLength(1);
  });

  it('does not take a document without its contents for a product', async () => {
    await putStatus();
    await line.putOus(ingested());
    await start();
    const [first = '', second = ''] = products;
    await putProduct(first);
    const rev = await put(databaseNames.ngas, { _id: documentId(second), size_bytes: 1 });
    await line.clock.runFor(60_000);
    expect(await line.ous()).toMatchObject({ state: 'DeliveryInProgress' });
    const attachment = { contentType: 'application/octet-stream', content: Buffer.from('x') };
    const ngas = line.server.open(databaseNames.ngas);
    await ngas.putAttachment(documentId(second), rev, 'contents', attachment);
    await line.clock.runFor(1000);
    expect(await line.ous()).toMatchObject({ state: 'Delivered' });
  });

  it('leaves an OUS of another executive alone', async () => {
    for (const name of products) await putProduct(name);
    await putStatus();
    await line.putOus({ ...ingested(), flags: { PL_PROCESSING_EXECUTIVE: 'NA' } });
    await start();
    await line.clock.runFor(60_000);
    expect(await line.ous()).toMatchObject({ state: 'DeliveryInProgress' });
  });

  it('does not take the list of an earlier run for the present one', async () => {
    for (const name of products) await putProduct(name);
    await putStatus();
    await line.putOus(ingested('2015.1.00657.S_2026_01_06T00_00_00.001'));
    await start();
    await line.clock.runFor(60_000);
    expect(await line.ous()).toMatchObject({ state: 'DeliveryInProgress' });
  });

  it('delivers what the Python mockup ingested, which names no run', async () => {
    for (const name of products) await putProduct(name);
    await putStatus({ productsDir: undefined });
    const { history: _, ...foreign } = ingested();
    await line.putOus(foreign);
    await start();
    await line.clock.runFor(1000);
    expect(await line.ous()).toMatchObject({ state: 'Delivered' });
  });

  it('clears up after an XTSS that does not', async () => {
    await start();
    await line.putOus({ state: 'Delivered', substate: null });
    await line.clock.runFor(1000);
    expect(await line.ous()).toMatchObject({ state: 'Delivered', flags: {} });
  });

  it('stops at once while it waits for an XTSS that is away', async () => {
    const lonely = await line.newSite();
    await putStatus({}, lonely);
    for (const name of products) await putProduct(name, lonely);
    await lonely.open(databaseNames.statusEntities).put(await line.putOus(ingested()));
    const { tracker } = await start({ server: lonely });
    await line.clock.runFor(1000);
    const requests = await lonely
      .open(databaseNames.messages)
      .find({ selector: { selector: 'xtss' } });
    expect(requests).toHaveLength(1);
    const stopping = line.clock.now();
    await line.run(tracker.stop());
    expect(line.clock.now() - stopping).toBeLessThan(1000);
  });
});
