// What the dashboard's server tells its page of each thing that it watches: one flat summary per
// OUS, message, actor and so on. Types only. All texts come from documents that anybody may have
// written: they are data, never markup. Times are milliseconds since 1970 by the clock of whoever
// wrote the document; null where it does not say, or says nothing readable.

/** One OUS, without its history. */
export interface OusSummary {
  /** Of the document: `uid___A001_X1465_X346b`. The key everywhere. */
  id: string;
  uid: string;
  progId: string;
  /** One of `Config.states`, unless somebody wrote another word into the document. */
  state: string;
  substate: string | null;
  /** Of a Delivered one, the last that it had. */
  executive: string | null;
  /** The last one in its history, also where the substate is no recipe any more. */
  recipe: string | null;
  /** Why it is in this state, where whoever brought it there gave a reason. */
  reason: string | null;
  /** When it entered this state. */
  since_ms: number | null;
  /** Of the last change of any kind. */
  changed_ms: number | null;
  /** How often it was processed. */
  runs: number;
}

export type MessageState = 'open' | 'claimed' | 'done' | 'dead';

/** One message of the bus. `done` comes in a change only, never in a snapshot. */
export interface MessageSummary {
  id: string;
  /** Answers to requests have the selector of 32 hexadecimal digits that was asked for. */
  selector: string;
  kind: 'message' | 'request' | 'answer';
  state: MessageState;
  /** Its queue: the selector, or `answers`. */
  queue: string;
  created_ms: number | null;
  /** `actor@SITE`; null where the sender does not say (the Python mockup). */
  sender: string | null;
  /** `actor@SITE`: who took it last, or to whom an answer goes. */
  receiver: string | null;
  attempts: number;
  /** Why the last attempt failed. */
  error: string | null;
  /** UID of the OUS that the body names. */
  about: string | null;
  /** The body in a few words: `set-state Processing`, `weblog weblog-X1-….zip`. */
  what: string;
}

/** The messages of one selector; all answers together are the queue `answers`. */
export interface QueueSummary {
  /** The selector. */
  id: string;
  open: number;
  claimed: number;
  dead: number;
  /** Counted since the dashboard's server started, as are `done` and `redelivered`. */
  sent: number;
  done: number;
  /** Attempts beyond the first. */
  redelivered: number;
  /** When the oldest open message was created. */
  oldest_ms: number | null;
}

export type ActorState = 'idle' | 'busy' | 'stopped' | 'down';

export interface ActorSummary {
  /** `JAO.xtss`, `EU.torque-maui.2`. */
  id: string;
  name: string;
  site: string;
  host: string;
  pid: number;
  /** `down`: no heartbeat for longer than three of them should take. */
  state: ActorState;
  started_ms: number | null;
  heartbeat_ms: number | null;
  /** OUS UIDs, file names. */
  workingOn: string[];
  counts: Record<string, number>;
}

/** One replication that a watched server runs. */
export interface ReplicationSummary {
  id: string;
  database: string;
  /** Sites where they are known, else addresses without credentials. */
  from: string;
  to: string;
  /** CouchDB's word: `running`, `pending`, `crashing`, `failed`, `completed`; or `unreachable`. */
  state: string;
  /** Changes that wait at the source; null where the server does not say. */
  pending: number | null;
  /** Since when some wait; null while none does. */
  behindSince_ms: number | null;
  docsWritten: number | null;
  error: string | null;
}

/**
 * `loading`: reading what is there; `live`; `lost`: the server does not answer, what is shown is
 * as old as `since_ms`; `gone`: the database was there and is no more; `absent`: it never was, as far
 * as is known.
 */
export type FeedState = 'loading' | 'live' | 'lost' | 'gone' | 'absent';

/** The connection to one database. */
export interface FeedSummary {
  /** Name of the database. */
  id: string;
  state: FeedState;
  since_ms: number;
  /** One line for a person. */
  error: string | null;
  /** Documents that are known of it. */
  documents: number;
}

export type TableName = 'reports' | 'deliveries' | 'unread' | 'dead' | 'ngas' | 'products';

/** A table of the JSON API; `revision` grows when one of its rows has changed. */
export interface TableSummary {
  id: TableName;
  rows: number;
  revision: number;
}

/** Of one way that files go: a handoff manager, an ingester, or the endpoint's storage area. */
export interface FlowSummary {
  /** `handoff:<host:buffer>`, `ingester:<event database>`, `storage:<file database>`. */
  id: string;
  kind: 'handoff' | 'ingester' | 'storage';
  name: string;
  /** Its lanes, in order; `counts` has one entry each. */
  states: string[];
  counts: Record<string, { files: number; bytes: number }>;
  /** Files that reached the end (`held`, `SUCCESS`, stored) in the last minute, and their bytes. */
  lastMinute: { files: number; bytes: number };
  /** Of the last transfer, 2^20 bytes a second; only a handoff has it. */
  rate_mbytes_per_sec: number | null;
  lastError: { text: string; time_ms: number | null } | null;
}

/** One file that is on its way, has failed, or arrived lately. */
export interface FileSummary {
  id: string;
  /** Id of its flow. */
  flow: string;
  /** Relative to the buffer or storage area. */
  path: string;
  size_bytes: number | null;
  state: string;
  attempts: number;
  error: string | null;
  since_ms: number | null;
}

/** One transfer of a handoff manager. */
export interface BatchSummary {
  id: string;
  flow: string;
  files: number;
  size_bytes: number;
  /** 0: every file arrived. */
  status: number;
  error: string | null;
  start_ms: number | null;
  duration_s: number | null;
  rate_mbytes_per_sec: number | null;
}

/** One detector's part of a visit, of the newest visits of each camera. */
export interface VisitSummary {
  /** Of the document. */
  id: string;
  instrument: string;
  /** The visit: all of its detectors have the same. */
  group: string;
  detector: number;
  /** A word of `visitStates`, unless somebody wrote another into the document. */
  state: string;
  /** It failed, and is tried again when it is delivered once more. */
  retriable: boolean;
  announced_ms: number | null;
  /** When it entered this state. */
  since_ms: number | null;
  /** Who has it, or had it last. */
  worker: string | null;
  /** How often it was claimed. */
  claims: number;
  /** Snaps that arrived, those that came too late among them, and how many were announced. */
  snaps: number;
  late: number;
  expected: number | null;
  /** From the last snap's end of readout to the alerts. */
  latency_s: number | null;
}

/** The workers of one camera: what one `cloud-run` says of itself, and again every few seconds. */
export interface WorkersSummary {
  id: string;
  instrument: string;
  time_ms: number | null;
  busy: number;
  /** Started, and with nothing to do. */
  idle: number;
  /** Starting. */
  cold: number;
  /** Requests that wait for a worker. */
  queued: number;
  minimum: number;
  maximum: number;
}

/** A `nextVisit` that could not be read. */
export interface RefusalSummary {
  id: string;
  time_ms: number | null;
  reason: string;
  /** The beginning of what was sent. */
  shown: string;
}

/** What stays the same while the server runs. */
export interface Config {
  /** The site of this dashboard: EA, EU, JAO, NA; null where it was not told. */
  site: string | null;
  /** Sites that may take part, JAO first. */
  sites: string[];
  /** Address of the database server, without credentials. */
  database: string;
  /** States of an OUS in the order of the board's columns. */
  states: string[];
  /** After how long in a state an OUS counts as stuck; null: never. */
  stuckAfter_s: Record<string, number | null>;
  /** Whether links to `/cache/…` lead anywhere. */
  hasCache: boolean;
  /** Whether the logs of the line's processes can be read here. */
  hasLogs?: true;
  /** Whether pages can act on the line. */
  control?: true;
  /** When the dashboard's server started. */
  started_ms: number;
}
