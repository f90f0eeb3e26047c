// Every query of the workflow's databases, each with its index. What is finished stands in the same
// indexes and costs nothing: a query names the states that it wants, one query for each state.

import { databaseNames } from './databases.ts';
import { anyValue, declareQuery, type IndexedQuery } from './declared-query.ts';
import type { Executive } from './executives.ts';
import { cachedSelector } from './messages/selectors.ts';
import { type OusState, ousStates } from './ous/life-cycle.ts';

const { statusEntities, pipelineReports, productsMetadata, ngas, messages } = databaseNames;

/** States of OUSs on which somebody still has to work. */
export const openStates: readonly OusState[] = ousStates.filter((state) => state !== 'Delivered');

const ousSummary = [
  '_id',
  '_rev',
  'entityId',
  'progID',
  'state',
  'substate',
  'flags',
  'timestamp',
];

export const oussInState = declareQuery({
  database: statusEntities,
  index: ['state'],
  query: (state: OusState) => ({ selector: { state } }),
  example: ['ReadyForProcessing'],
});

/** Without their histories. */
export const ousSummariesInState = declareQuery({
  database: statusEntities,
  index: ['state'],
  query: (state: OusState) => ({ selector: { state }, fields: ousSummary }),
  example: ['Delivered'],
});

/** One query for each state: an index serves one value at a time. */
export function oussInStates(...states: OusState[]): IndexedQuery[] {
  return states.map((state) => oussInState(state));
}

export const oussOfExecutive = declareQuery({
  database: statusEntities,
  index: ['flags.PL_PROCESSING_EXECUTIVE', 'state'],
  query: (executive: Executive, state: OusState) => ({
    selector: { 'flags.PL_PROCESSING_EXECUTIVE': executive, state },
  }),
  example: ['EU', 'DeliveryInProgress'],
});

/** Reports are large: ids and times alone. */
export const reportsOfOus = declareQuery({
  database: pipelineReports,
  index: ['ousUID', 'timestamp'],
  query: (ousUID: string) => ({
    selector: { ousUID, timestamp: anyValue },
    fields: ['_id', 'timestamp'],
  }),
  example: ['uid://X1/X1/Xb0'],
});

/** Who says that it made these products. */
export const reportsOfProducts = declareQuery({
  database: pipelineReports,
  index: ['productsDir'],
  query: (productsDir: string) => ({
    selector: { productsDir },
    fields: ['_id', 'ousUID', 'source', 'run'],
  }),
  example: ['2015.1.00657.S_2018_07_19T07_10_03.781'],
});

export const oussOfProject = declareQuery({
  database: statusEntities,
  index: ['progID'],
  query: (progID: string) => ({ selector: { progID } }),
  example: ['2015.1.00657.S'],
});

export const productsOfOus = declareQuery({
  database: productsMetadata,
  index: ['ousUID'],
  query: (ousUID: string) => ({ selector: { ousUID }, fields: ['_id', 'timestamp'] }),
  example: ['uid://X1/X1/Xb0'],
});

/** What the archive says of one file, without the file. */
export const archivedFile = declareQuery({
  database: ngas,
  index: ['_id'],
  query: (_id: string) => ({
    selector: { _id },
    fields: ['_id', '_rev', 'size_bytes', 'checksum', 'writeTimestamp'],
    limit: 1,
  }),
  example: ['product.fits'],
});

export const unreadMessages = declareQuery({
  database: messages,
  index: ['consumed', 'selector'],
  query: (fields?: string[]) => ({
    selector: { consumed: false, selector: anyValue },
    ...(fields && { fields }),
  }),
  example: [],
});

export const messagesInDelivery = declareQuery({
  database: messages,
  index: ['delivery.state', 'selector'],
  query: (state: 'claimed' | 'dead', fields?: string[]) => ({
    selector: { 'delivery.state': state, selector: anyValue },
    ...(fields && { fields }),
  }),
  example: ['dead'],
});

/** `condition`: a selector of the bus, or a Mango condition on it. */
export const unreadMessagesFor = declareQuery({
  database: messages,
  index: ['consumed', 'selector'],
  query: (condition: unknown) => ({ selector: { consumed: false, selector: condition } }),
  example: ['xtss'],
});

export const claimedMessagesFor = declareQuery({
  database: messages,
  index: ['delivery.state', 'selector'],
  query: (condition: unknown) => ({
    selector: { 'delivery.state': 'claimed', selector: condition },
  }),
  example: ['xtss'],
});

export const unreadAnswersTo = declareQuery({
  database: messages,
  index: ['answerTo', 'consumed'],
  query: (answerTo: string) => ({ selector: { answerTo, consumed: false } }),
  example: ['dra@JAO'],
});

/** Finished by `site` before a time. */
export const finishedMessages = declareQuery({
  database: messages,
  index: ['delivery.state', 'delivery.finishedAt'],
  query: (site: string, before: string, limit: number) => ({
    selector: {
      'delivery.state': 'done',
      'delivery.finishedAt': { $lt: before },
      'delivery.holder.site': site,
    },
    limit,
  }),
  example: ['JAO', '2026-01-01T00:00:00.000', 500],
});

/** Taken by a Python actor and sent before a time. */
export const messagesTakenByPython = declareQuery({
  database: messages,
  index: ['consumed', 'creationTimestamp'],
  query: (before: string, limit: number) => ({
    selector: {
      consumed: true,
      creationTimestamp: { $lt: before },
      delivery: { $exists: false },
    },
    limit,
  }),
  example: ['2026-01-01T00:00:00.000', 500],
});

export const messagesAboutOus = declareQuery({
  database: messages,
  index: ['body.ousUID'],
  query: (ousUid: string, fields: string[], limit: number) => ({
    selector: { 'body.ousUID': ousUid },
    fields,
    limit,
  }),
  example: ['uid://X1/X1/Xb0', ['_id'], 500],
});

/** What runs of an OUS announced: each tells the cache of JAO. */
export const cachedAboutOus = declareQuery({
  database: messages,
  index: ['body.ousUID'],
  query: (ousUid: string) => ({
    selector: { 'body.ousUID': ousUid, selector: cachedSelector('JAO') },
    fields: ['_id', 'body'],
  }),
  example: ['uid://X1/X1/Xb0'],
});

/** The newest first; refused where the index is missing, for nothing else could sort. */
export const latestDelivered = declareQuery({
  database: statusEntities,
  index: ['state', 'timestamp'],
  query: (before: string, limit: number) => ({
    selector: { state: 'Delivered', timestamp: { $lt: before } },
    sort: [{ state: 'desc' }, { timestamp: 'desc' }],
    limit,
  }),
  example: ['9999', 100],
});

/** Of one report, without what makes it large. */
export const reportHead = declareQuery({
  database: pipelineReports,
  index: ['_id'],
  query: (_id: string) => ({
    selector: { _id },
    fields: ['_id', '_rev', 'ousUID', 'timestamp', 'productsDir', 'source'],
    limit: 1,
  }),
  example: ['2026-01-01T00_00_00.000.uid___X1_X1_Xb0'],
});

/** What the first documents of any database say that they are. */
export const firstTypes = declareQuery({
  database: 'any',
  index: ['_id'],
  query: (limit: number) => ({ selector: { _id: anyValue }, fields: ['_id', 'type'], limit }),
  example: [20],
});
