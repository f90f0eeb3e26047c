// A large site for benchmarks of the dashboard: OUSs with whole histories, and everything that they
// leave behind in the other databases.

import { workflowDatabases } from '../../../mockup/core/databases.ts';
import { documentId } from '../../../mockup/core/identifiers.ts';
import {
  type ChangeContext,
  launchOus,
  type OusDocument,
  setExecutive,
  setState,
  setSubstate,
} from '../../../mockup/core/ous/ous.ts';
import { formatTimestamp } from '../../../mockup/core/timestamps.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { DatabaseServer, Writable } from '../../../mockup/platform/couch/database.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';

export interface SiteSize {
  ouss: number;
  /** Of `ngas` and of `products-metadata`. */
  files: number;
  /** Finished messages. */
  messages: number;
}

const BATCH = 1000;
const FILE_BYTES = 400;
const FILES_PER_OUS = 5;
const START_MS = Date.UTC(2026, 0, 1);

export function openServer(url: string): DatabaseServer {
  const ports = { clock: createSystemClock(), random: createSystemRandom(), log: silentLogger };
  return createNanoServer(url, { ...ports, giveUpAfter_ms: 10_000 });
}

/** Makes the databases and fills them. */
export async function fillSite(server: DatabaseServer, size: SiteSize): Promise<void> {
  for (const { name, indexes } of workflowDatabases) {
    await server.create(name);
    for (const fields of indexes) await server.open(name).ensureIndex(fields);
  }
  await write(server, 'status-entities', size.ouss, (index) => ousDocument(index));
  await write(server, 'delivery-status', size.ouss, (index) => ({
    ...{ _id: documentId(uidOf(index)), ousUID: uidOf(index), progID: progOf(index) },
    ...{ timestamp: timeOf(index), dataProducts: [], complete: true },
  }));
  await write(server, 'pipeline-reports', size.ouss, (index) => ({
    ...{ _id: documentId(`${timeOf(index)}.${uidOf(index)}`), ousUID: uidOf(index) },
    ...{ timestamp: timeOf(index), productsDir: `p_${index}`, source: 'EU' },
    encodedReport: 'A'.repeat(2000),
  }));
  await write(server, 'products-metadata', size.files, (index) => ({
    ...{ _id: fileOf(index), ousUID: uidOf(index % size.ouss), progID: progOf(index) },
    timestamp: timeOf(index),
  }));
  await write(server, 'ngas', size.files, (index) => ({
    ...{ _id: fileOf(index), size_bytes: 1000 + index, checksum: 'c'.repeat(128) },
    ...{ writeTimestamp: timeOf(index), encodedContents: 'A'.repeat(FILE_BYTES) },
  }));
  await write(server, 'msgq', size.messages, (index) => ({
    ...{ _id: `${timeOf(index)}-${index.toString(16).padStart(32, '0')}`, consumed: true },
    ...{ creationTimestamp: timeOf(index), originIP: '127.0.0.1', selector: 'xtss' },
    ...{ body: { ousUID: uidOf(index % size.ouss) }, delivery: { state: 'done', attempts: 1 } },
  }));
}

/** As it is after its `index`-th sibling was processed: the states are spread over all. */
function ousDocument(index: number): OusDocument & { _id: string } {
  let minute = index;
  const context = (): ChangeContext => ({ timestamp: timeOf(minute++), by: 'actor@JAO' });
  const steps: ((ous: OusDocument) => OusDocument)[] = [
    (ous) => setSubstate(ous, 'PipelineImaging', context()),
    (ous) => setState(ous, 'Processing', context()),
    (ous) => setExecutive(ous, 'EU', context()),
    (ous) => setState(ous, 'ReadyForReview', context()),
    (ous) => setState(ous, 'Reviewing', context()),
    (ous) => setState(ous, 'Verified', context()),
    (ous) => setSubstate(ous, 'IngestionTriggered', context()),
    (ous) => setSubstate(ous, 'AnalyzingProducts', context()),
    (ous) => setState(ous, 'DeliveryInProgress', context()),
    (ous) => setSubstate(ous, 'ProductsIngested', context()),
    (ous) => setState(ous, 'Delivered', context()),
  ];
  const first = launchOus(undefined, uidOf(index), progOf(index), context());
  // Most of an observatory's OUSs are delivered.
  const count = index % 3 === 0 ? index % (steps.length + 1) : steps.length;
  return steps.slice(0, count).reduce((ous, step) => step(ous), first);
}

async function write(
  server: DatabaseServer,
  name: string,
  count: number,
  make: (index: number) => Writable,
): Promise<void> {
  const database = server.open(name);
  for (let at = 0; at < count; at += BATCH) {
    const length = Math.min(BATCH, count - at);
    await database.bulk(Array.from({ length }, (_, index) => make(at + index)));
  }
}

function uidOf(index: number): string {
  return `uid://A001/X${(index >> 8).toString(16)}/X${index.toString(16)}`;
}

function progOf(index: number): string {
  return `2025.1.${String(index % 500).padStart(5, '0')}.S`;
}

function fileOf(index: number): string {
  const ous = Math.floor(index / FILES_PER_OUS);
  const time = timeOf(ous).replaceAll(':', '_');
  return `product-${index % FILES_PER_OUS}-A001-X1-X${ous.toString(16)}-${time}.data`;
}

function timeOf(minute: number): string {
  return formatTimestamp(START_MS + minute * 60_000);
}
