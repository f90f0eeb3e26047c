import type { JsonObject } from '../../json-object.ts';
import { ReplicationError } from '../replication-error.ts';

// A replication names its ends as a URL (perhaps with user and password), as an object
// `{url, headers, auth}`, or as the bare name of a database of this server.

export type PeerAddress =
  | { kind: 'name'; name: string }
  | {
      kind: 'url';
      /** Without credentials, query or fragment; with a final slash. */
      url: string;
      headers: Readonly<Record<string, string>>;
      credentials: { username: string; password: string } | undefined;
    };

const databaseName = /^[a-z_][a-z0-9_$()+/-]*$/;

/** Reads `source` or `target` (`field`, for the message); throws `bad_request`. */
export function parseEndpoint(value: unknown, field: 'source' | 'target'): PeerAddress {
  if (typeof value === 'string') return parseAddress(value, field);
  if (!isObject(value)) throw bad(`The '${field}' field must be a URL, a name or an object.`);
  if (typeof value.url !== 'string') throw bad(`The '${field}.url' field must be a string.`);
  const endpoint = parseAddress(value.url, field);
  if (endpoint.kind === 'name')
    throw bad(`The '${field}.url' field must be an http or https URL.`);
  return {
    ...endpoint,
    headers: parseHeaders(value.headers, field),
    credentials: credentialsOf(value.auth) ?? endpoint.credentials,
  };
}

function parseAddress(text: string, field: string): PeerAddress {
  if (databaseName.test(text)) return { kind: 'name', name: text };
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw bad(`The '${field}' field must be an http or https URL or the name of a database.`);
  }
  const credentials = url.username
    ? { username: decode(url.username, field), password: decode(url.password, field) }
    : undefined;
  const path = url.pathname.replace(/\/*$/, '/');
  return { kind: 'url', url: `${url.origin}${path}`, headers: {}, credentials };
}

function decode(text: string, field: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw bad(`The '${field}' URL holds credentials that are not percent-encoded.`, cause);
  }
}

function parseHeaders(value: unknown, field: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw bad(`The '${field}.headers' field must be an object.`);
  const headers: Record<string, string> = {};
  for (const [name, text] of Object.entries(value)) {
    const legal = typeof text === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(name);
    if (!legal || !/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) {
      throw bad(`The header '${name.slice(0, 40)}' of '${field}.headers' is not usable.`);
    }
    headers[name.toLowerCase()] = text;
  }
  return headers;
}

/** Another kind of login than name and password says nothing here, as in CouchDB. */
function credentialsOf(auth: unknown) {
  const basic = isObject(auth) ? auth.basic : undefined;
  const { username, password } = isObject(basic) ? basic : {};
  if (typeof username !== 'string' || typeof password !== 'string') return undefined;
  return { username, password };
}

/** The headers that authenticate at a URL endpoint; explicit ones win. */
export function requestHeaders(endpoint: PeerAddress & { kind: 'url' }): Record<string, string> {
  const { credentials, headers } = endpoint;
  if (!credentials) return { ...headers };
  const token = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  return { authorization: `Basic ${token}`, ...headers };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(reason: string, cause?: unknown): ReplicationError {
  return new ReplicationError('bad_request', reason, { status: 400, cause });
}
