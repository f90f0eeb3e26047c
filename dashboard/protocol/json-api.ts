// The answers of the dashboard's JSON API. Types only. Errors are `ErrorAnswer` with status 400
// (bad parameter), 404 (no such thing) or 503 (the database does not answer).
//
//   GET /api/snapshot              the snapshot as a ServerMessage (live-messages.ts)
//   GET /api/ous/:id               OusDetail; `:id` is a UID (percent-encoded) or a document id
//   GET /api/ous/:id/messages      OusMessages
//   GET /api/histories             Histories
//   GET /api/delivered             DeliveredPage; ?before= a timestamp; the latest first
//   GET /api/visits/:id            VisitDetail; `:id` of a visit that is shown
//   GET /api/tables/:name          TablePage; ?search= &sort= &order=asc|desc &offset= &limit=
//   GET /api/logs/:process         LogLines; `JAO-xtss`; only where the line is on this machine
//   GET /api/ous/:id/log           LogLines that name the OUS; ?from= &to= in ms
//   GET /cache/<path>              redirects to the site's cache; `/cache/weblogs/<weblog>/`
//   GET /healthz                   Health, 200 or 503
//   GET /metrics                   Prometheus text

import type {
  FeedSummary,
  MessageSummary,
  OusSummary,
  TableName,
  VisitSummary,
} from './summaries.ts';

export interface ErrorAnswer {
  error: { code: string; message: string };
}

export interface OusDetail {
  summary: OusSummary;
  history: HistoryStep[];
  /** Newest first. */
  runs: PipelineRun[];
  delivery: { time_ms: number | null; products: string[]; complete: boolean } | null;
}

/** OUSs that were delivered before a time: the history, which no snapshot holds. */
export interface DeliveredPage {
  ouss: OusSummary[];
  /** For the next page; null where there is none. */
  before: string | null;
}

export interface HistoryStep {
  time_ms: number | null;
  state: string;
  substate: string | null;
  executive: string | null;
  /** `actor@SITE`. */
  by: string;
  reason: string | null;
}

/** One run of the Pipeline, as far as reports, products and archive tell of it. */
export interface PipelineRun {
  /** Of the run, as it stands in its names: `2018-07-19T07:10:03.781`. */
  timestamp: string;
  time_ms: number | null;
  /** Where it ran. */
  source: string | null;
  recipe: string | null;
  /** As the report says it, `1:02:05`. */
  processingTime: string | null;
  /** From 0 (unusable) to 1 (perfect). */
  finalScore: number | null;
  topics: { topic: string; score: number | null; reason: string }[];
  products: ArchivedProduct[];
  weblog: ArchivedProduct | null;
  /** Links that begin with `/cache/`; null where there is nothing to link to. */
  productsLink: string | null;
  weblogLink: string | null;
}

export interface ArchivedProduct {
  name: string;
  /** Whether it is in this site's NGAS. */
  archived: boolean;
  size_bytes: number | null;
  /** BLAKE2b-512, hexadecimal. */
  checksum: string | null;
  time_ms: number | null;
}

export interface OusMessages {
  /** Oldest first; finished ones too. */
  messages: MessageSummary[];
  /** More were found than are shown. */
  isPartial: boolean;
}

/** The states over time of the OUSs that are shown, for charts and for the replay. */
export interface Histories {
  serverTime_ms: number;
  states: string[];
  ouss: HistoryTrack[];
}

interface HistoryTrack {
  /** As in OusSummary. */
  id: string;
  /** Pairs: time in ms, index into `states` (-1: another word); in order of time. */
  steps: number[];
}

/** One detector's part of a visit with its whole history. */
export interface VisitDetail {
  summary: VisitSummary;
  filter: string | null;
  /** Degrees; null where it does not say. */
  ra: number | null;
  dec: number | null;
  /** Oldest first. */
  history: { time_ms: number | null; state: string; by: string; reason: string | null }[];
  snaps: {
    snap: number | null;
    exposure: string;
    stored_ms: number | null;
    arrived_ms: number | null;
    late: boolean;
  }[];
  /** Until when whoever has it may keep it without a word. */
  claimUntil_ms: number | null;
  subscription: string | null;
  result: { diaSources: number; diaObjects: number; alerts: number } | null;
}

/** Lines of the logs of a line on this machine. */
export interface LogLines {
  /** Oldest first. */
  lines: LogLine[];
}

export interface LogLine {
  /** `JAO-xtss`. */
  process: string;
  time_ms: number | null;
  /** As pino counts: 30 is info, 40 a warning, 50 an error; null where it does not say. */
  level: number | null;
  text: string;
}

export interface TablePage {
  name: TableName;
  columns: TableColumn[];
  /** Rows that match the search, and all. */
  found: number;
  total: number;
  offset: number;
  /** One cell per column. */
  rows: TableCell[][];
}

export interface TableColumn {
  name: string;
  title: string;
  /** How a cell is shown and sorted; `link` cells are paths that begin with `/cache/`. */
  type: 'text' | 'number' | 'bytes' | 'time' | 'boolean' | 'uid' | 'score' | 'link';
}

export type TableCell = string | number | boolean | null;

export interface Health {
  status: 'ok' | 'degraded';
  feeds: FeedSummary[];
  clients: number;
}
