// A site with more behind it than the dashboard keeps: pages get what their views show, the rest is
// counted, and read when somebody asks for it.

import { afterEach, expect, it } from 'vitest';
import type { DeliveredPage, OusDetail, TablePage } from '../../../dashboard/protocol/json-api.ts';
import { documentId } from '../../../mockup/core/identifiers.ts';
import { formatTimestamp } from '../../../mockup/core/timestamps.ts';
import type { DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import { TestSite } from './site.ts';

const DELIVERED = 5_200;
const KEPT = 1_000;
const PORTION = 1_300;

let site: TestSite;
afterEach(() => site.stop());

const uidOf = (number: number) => `uid://A/B/X${number}`;
const timeOf = (number: number) => formatTimestamp(Date.UTC(2025, 0, 1) + number * 60_000);

function ousOf(number: number, state: string) {
  const entityId = uidOf(number);
  const timestamp = timeOf(number);
  return { _id: documentId(entityId), entityId, progID: 'p', state, flags: {}, timestamp };
}

async function fill(server: DatabaseServer): Promise<void> {
  for (let from = 0; from < DELIVERED; from += PORTION) {
    const numbers = Array.from({ length: PORTION }, (_, index) => from + index);
    const ouss = numbers.map((number) => ousOf(number, 'Delivered'));
    await server.open('status-entities').bulk(ouss);
    const files = numbers.map((number) => ({ _id: `file-${number}`, size_bytes: number }));
    await server.open('ngas').bulk(files);
  }
  await server.open('status-entities').put(ousOf(DELIVERED, 'Processing'));
}

it('shows what is open and the latest of the history', { timeout: 120_000 }, async () => {
  site = await TestSite.start({}, fill);
  const page = await site.page();
  expect(page.count('ous')).toBe(KEPT + 1);
  expect(await site.metric(/^draws_ouss\{state="Delivered"/)).toBe(DELIVERED);
  // Any of the history by its name, and all of it page by page.
  const old = await site.json<OusDetail>(`/api/ous/${encodeURIComponent(uidOf(7))}`);
  expect(old.summary).toMatchObject({ uid: uidOf(7), state: 'Delivered' });
  const first = await site.json<DeliveredPage>('/api/delivered');
  expect(first.ouss[0]?.uid).toBe(uidOf(DELIVERED - 1));
  const second = await site.json<DeliveredPage>(`/api/delivered?before=${first.before}`);
  expect(second.ouss[0]?.uid).toBe(uidOf(DELIVERED - 1 - first.ouss.length));
  // The table of the archive has the latest, and says how many there are.
  const table = await site.json<TablePage>('/api/tables/ngas?limit=5');
  expect(table).toMatchObject({ found: KEPT, total: DELIVERED });
  // One that is delivered now comes to the latest; one of long ago that is begun anew is open.
  const entities = site.server.open('status-entities');
  const again = await entities.get(documentId(uidOf(7)));
  await entities.put({ ...ousOf(7, 'ReadyForProcessing'), _rev: String(again?._rev) });
  await page.until(() => page.count('ous') === KEPT + 2);
  expect(await site.metric(/^draws_ouss\{state="Delivered"/)).toBe(DELIVERED - 1);
});
