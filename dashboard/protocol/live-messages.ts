// The websocket `/api/live` of the dashboard: a snapshot, then differences. Types only. The client
// sends nothing; it says in the URL what it has: `/api/live?epoch=E&since=N`.
//
// - The first message is `snapshot`, or `resumed` where the server still has all that came after N.
// - Then `changes`, at once for a lone one, at most ten frames a second; only the newest change of
//   each thing is in a frame. A client that reads too slowly gets another `snapshot`.
// - `beat` comes when nothing else did for BEAT_MS (15 s): without any message for 40 s the
//   connection is dead.

import type { ActSummary, LineSummary, LinkSummary, ProcessSummary } from './control.ts';
import type {
  ActorSummary,
  BatchSummary,
  Config,
  FeedSummary,
  FileSummary,
  FlowSummary,
  MessageSummary,
  OusSummary,
  QueueSummary,
  RefusalSummary,
  ReplicationSummary,
  TableSummary,
  VisitSummary,
  WorkersSummary,
} from './summaries.ts';

/** Everything that is watched, by kind; each summary has an `id` that is unique in its kind. */
export interface Summaries {
  ous: OusSummary;
  message: MessageSummary;
  queue: QueueSummary;
  actor: ActorSummary;
  replication: ReplicationSummary;
  feed: FeedSummary;
  table: TableSummary;
  flow: FlowSummary;
  file: FileSummary;
  batch: BatchSummary;
  visit: VisitSummary;
  refusal: RefusalSummary;
  workers: WorkersSummary;
  /** These four only where the line was started with `--control`. */
  process: ProcessSummary;
  link: LinkSummary;
  line: LineSummary;
  act: ActSummary;
}

export type Kind = keyof Summaries;

/** A summary that is new or different, or the id of one that is gone. */
export type ModelChange = {
  [K in Kind]: { kind: K; value: Summaries[K] } | { kind: K; removed: string };
}[Kind];

/** All summaries of one moment. */
export interface Snapshot {
  /** Another one after each start of the server: sequence numbers mean nothing across it. */
  epoch: string;
  /** The snapshot holds all changes up to and including this one. */
  seq: number;
  /** By the server's clock, for ages that a page shows. */
  serverTime_ms: number;
  config: Config;
  /** In no particular order. */
  all: { [K in Kind]: Summaries[K][] };
}

export type ServerMessage =
  | ({ type: 'snapshot' } & Snapshot)
  | { type: 'resumed'; epoch: string; seq: number; serverTime_ms: number; config: Config }
  | { type: 'changes'; seq: number; serverTime_ms: number; changes: ModelChange[] }
  | { type: 'beat'; seq: number; serverTime_ms: number };
