// The limits of the embedded server as `draws couchdb --limit name=value` names them.

import { DEFAULT_LIMITS, type Limits } from '../../couch-server/limits.ts';
import { UsageError } from '../usage-error.ts';

interface Described {
  key: keyof Limits;
  about: string;
}

const described: Readonly<Record<string, Described>> = {
  'document-size': { key: 'maxDocumentSize', about: "bytes of a document's JSON" },
  'attachment-size': { key: 'maxAttachmentSize', about: 'bytes of one attachment' },
  'request-size': {
    key: 'maxRequestSize',
    about: 'bytes of a request, but for attachments by themselves',
  },
  'request-values': { key: 'maxRequestValues', about: 'values in the JSON of a request' },
  'bodies-size': {
    key: 'maxBodiesSize',
    about: 'bytes of all large requests together; one alone always fits',
  },
  'header-size': { key: 'maxHeaderSize', about: "bytes of a request's headers" },
  'bulk-documents': { key: 'maxBulkDocuments', about: 'documents in one request' },
  databases: { key: 'maxDatabases', about: 'databases' },
  feeds: { key: 'maxFeeds', about: 'feeds open at a time' },
  connections: { key: 'maxConnections', about: 'connections at a time' },
  'idle-socket': { key: 'idleSocketMs', about: 'ms that a connection stays without a request' },
  'headers-timeout': { key: 'headersTimeoutMs', about: 'ms for the headers of a request' },
  'request-timeout': { key: 'requestTimeoutMs', about: 'ms for a whole request to arrive' },
  'stalled-body': {
    key: 'stalledBodyMs',
    about: 'ms that the body of a request may bring nothing',
  },
  'slow-bodies': { key: 'maxSlowBodies', about: 'requests of one address that come in drops' },
  stalled: { key: 'stalledMs', about: 'ms that a client may leave an answer lying' },
};

/** Node's timers end there; sizes may be larger. */
const MS_MAX = 2 ** 31 - 1;

/** Throws UsageError for an unknown name, or a value that is no whole number above 0. */
export function parseLimits(given: readonly string[]): Partial<Limits> {
  return Object.fromEntries(given.map(parseLimit));
}

function parseLimit(text: string): [keyof Limits, number] {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  const limit = Object.hasOwn(described, name) ? described[name] : undefined;
  if (!limit) {
    throw new UsageError(`--limit names no limit: ${JSON.stringify(name.slice(0, 40))}`, {
      hint: `expected one of ${Object.keys(described).join(', ')}, such as --limit feeds=100`,
    });
  }
  const value = at < 0 ? '' : text.slice(at + 1);
  const most = limit.key.endsWith('Ms') ? MS_MAX : Number.MAX_SAFE_INTEGER;
  if (/^\d{1,16}$/.test(value) && Number(value) > 0 && Number(value) <= most) {
    return [limit.key, Number(value)];
  }
  throw new UsageError(`--limit ${name} is ${JSON.stringify(value.slice(0, 40))}`, {
    hint: `expected a whole number from 1 to ${most}: ${limit.about}`,
  });
}

/** A line for each limit: name, default, what it is. */
export function limitsHelp(): string {
  const lines = Object.entries(described).map(([name, { key, about }]) => {
    return `  ${name.padEnd(16)} ${String(DEFAULT_LIMITS[key]).padStart(10)}  ${about}`;
  });
  return `\nLimits:\n${lines.join('\n')}\n`;
}
