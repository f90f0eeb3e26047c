// Fills the databases of a line with OUSs that were delivered long ago, each with what one leaves:
// six archived files, five descriptions of products, a report, a delivery, three messages.

import { documentId } from '../../../mockup/core/identifiers.ts';
import { formatTimestamp } from '../../../mockup/core/timestamps.ts';
import type { DatabaseServer } from '../../../mockup/platform/couch/database.ts';

const PROG_ID = '2018.1.00001.S';
const BEGAN_MS = Date.UTC(2024, 0, 1);
const APART_MS = 60_000;
const TOGETHER = 250;
const STATES = [
  ['ReadyForProcessing', 'launcher@JAO'],
  ['Processing', 'dra@JAO'],
  ['ReadyForReview', 'pipeline-driver@EU'],
  ['Reviewing', 'aqua-qa2@JAO'],
  ['Verified', 'aqua-qa2@JAO'],
  ['DeliveryInProgress', 'aqua-qa2@JAO'],
  ['Delivered', 'data-tracker@EU'],
] as const;
const REPORT = Buffer.from('x'.repeat(4000)).toString('base64');
const PRODUCT = Buffer.from('y'.repeat(600)).toString('base64');

/** Only where they belong: messages at JAO, all else at every site. */
export async function fillWithDelivered(
  servers: readonly DatabaseServer[],
  count: number,
): Promise<void> {
  for (let from = 0; from < count; from += TOGETHER) {
    const numbers = Array.from({ length: Math.min(TOGETHER, count - from) }, (_, n) => from + n);
    const documents = documentsOf(numbers);
    for (const [index, server] of servers.entries()) {
      for (const [name, docs] of Object.entries(documents)) {
        if (name !== 'msgq' || index === 0) await server.open(name).bulk(docs);
      }
    }
  }
}

function documentsOf(numbers: readonly number[]): Record<string, { _id: string }[]> {
  const all = numbers.map((n) => {
    const ousUID = `uid://A002/X1/H${n.toString(16)}`;
    const at = (step: number) => formatTimestamp(BEGAN_MS + n * APART_MS + step * 1000);
    return { ousUID, at, timestamp: at(0), files: filesOf(ousUID, at(0)) };
  });
  return {
    'status-entities': all.map(({ ousUID, at }) => ({
      _id: documentId(ousUID),
      entityId: ousUID,
      progID: PROG_ID,
      state: 'Delivered',
      substate: '',
      flags: {},
      timestamp: at(STATES.length),
      history: STATES.map(([state, by], step) => ({
        ...{ timestamp: at(step), state, substate: null, executive: null, by },
      })),
    })),
    'pipeline-reports': all.map(({ ousUID, timestamp }) => ({
      _id: documentId(`${timestamp}.${ousUID}`),
      ...{ ousUID, timestamp, encodedReport: REPORT, productsDir: 'x', source: 'EU' },
    })),
    ngas: all.flatMap(({ files, timestamp }) =>
      files.map((name) => ({
        _id: documentId(name),
        ...{ encodedContents: PRODUCT, writeTimestamp: timestamp, size_bytes: 600 },
      })),
    ),
    'products-metadata': all.flatMap(({ ousUID, timestamp, files }) =>
      files
        .slice(1)
        .map((name) => ({ _id: documentId(name), progID: PROG_ID, ousUID, timestamp })),
    ),
    'delivery-status': all.map(({ ousUID, timestamp, files }) => ({
      _id: documentId(ousUID),
      ...{ progID: PROG_ID, ousUID, timestamp, dataProducts: files.slice(1), complete: true },
    })),
    msgq: all.flatMap(({ ousUID, at }) =>
      [0, 1, 2].map((step) => messageOf(ousUID, at(step), step)),
    ),
  };
}

function filesOf(ousUid: string, timestamp: string): string[] {
  const name = ousUid.slice('uid://'.length).replaceAll('/', '-');
  const products = [0, 1, 2, 3, 4].map((number) => `product-${number}-${name}-${timestamp}.data`);
  return [`weblog-${name}-${timestamp}.zip`, ...products];
}

function messageOf(ousUID: string, timestamp: string, step: number) {
  const holder = { actor: 'xtss', site: 'JAO', machine: '', pid: 1, instance: 'history' };
  return {
    _id: documentId(`${timestamp}-${ousUID}-${step}`),
    ...{ creationTimestamp: timestamp, originIP: '127.0.0.1', selector: 'xtss', consumed: true },
    body: { operation: 'set-state', ousUID, value: 'Processing' },
    sender: 'dra@JAO',
    delivery: {
      ...{ state: 'done', holder, attempts: 1, lease_ms: 60_000 },
      // Of today: older ones would be removed.
      ...{ claimedAt: timestamp, finishedAt: formatTimestamp(Date.now()) },
    },
  };
}
