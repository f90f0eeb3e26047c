/** What the server allows at most. All of it can be set when it starts; these are the defaults. */

export interface Limits {
  /** Bytes of a document's JSON without attachments. */
  readonly maxDocumentSize: number;
  /** Bytes of one attachment. */
  readonly maxAttachmentSize: number;
  /** Bytes of a request's body; standalone attachments are not counted. */
  readonly maxRequestSize: number;
  /** JSON values in a request's body: members, items, arrays and objects. */
  readonly maxRequestValues: number;
  /** Bytes of all large request bodies that wait for their answer together. */
  readonly maxBodiesSize: number;
  /** Bytes of a request's headers together. */
  readonly maxHeaderSize: number;
  readonly maxDatabases: number;
  /** `_changes` and `_db_updates` feeds open at a time. */
  readonly maxFeeds: number;
  readonly maxConnections: number;
  /** Milliseconds after which a connection without a request is closed. */
  readonly idleSocketMs: number;
  /** Milliseconds for the headers of a request to arrive. */
  readonly headersTimeoutMs: number;
  /** Milliseconds for a whole request to arrive, uploads included. */
  readonly requestTimeoutMs: number;
  /** Milliseconds that a client may leave a response lying. */
  readonly stalledMs: number;
  /** Milliseconds in which a request's body may bring nothing. */
  readonly stalledBodyMs: number;
  /** Requests of one address whose bodies come in drops. */
  readonly maxSlowBodies: number;
  /** Documents in one request. */
  readonly maxBulkDocuments: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxDocumentSize: 8_000_000,
  maxAttachmentSize: 4 * 1024 ** 3,
  maxRequestSize: 256 * 1024 ** 2,
  maxRequestValues: 2_000_000,
  maxBodiesSize: 160 * 1024 ** 2,
  maxHeaderSize: 32 * 1024,
  maxDatabases: 1000,
  maxFeeds: 2000,
  maxConnections: 4000,
  idleSocketMs: 120_000,
  headersTimeoutMs: 30_000,
  requestTimeoutMs: 3_600_000,
  stalledMs: 300_000,
  stalledBodyMs: 120_000,
  maxSlowBodies: 32,
  maxBulkDocuments: 100_000,
};

/** The defaults with some values replaced. Throws RangeError for one that is no positive integer. */
export function withLimits(given: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new RangeError(`the limit ${name} must be a positive integer, not ${String(value)}`);
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(set) };
}
