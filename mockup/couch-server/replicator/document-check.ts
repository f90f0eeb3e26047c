import { CouchError } from '../couch-error.ts';
import type { JsonObject } from '../json-object.ts';
import { compileSelector } from '../mango/selector.ts';
import type { Edit } from '../store/documents/document.ts';
import { isObject } from './peers/endpoint.ts';

// A document that could never become a replication is refused when it is written, as CouchDB 3.5
// refuses it: in its order (options as they come, what excludes what, source, target, filter) and,
// where its words are no accident of Erlang, in its words. Whether the ends are there is no matter
// of the document: the job finds out, and tries again.

/** The document as it is to be stored, with its owner. Throws CouchError 403. */
export function admitReplication(author: string | null, edit: Edit): Edit {
  if (edit.deleted) return edit;
  const { value } = edit;
  if (value._replication_state !== 'failed') refuseIfBroken(value);
  if (author === null || (value.owner !== undefined && value.owner !== null)) return edit;
  const owned = { ...value, owner: author };
  return { ...edit, value: owned, body: JSON.stringify(owned) };
}

/** Why a definition can't become a replication: CouchDB's kinds of refusal. */
export interface DefinitionFault {
  readonly kind: 'bad_request' | 'invalid_replication' | 'error' | 'unreadable';
  readonly reason: string;
  /** How CouchDB writes the reason inside a refused document. */
  readonly quoted?: string;
}

function refuseIfBroken(value: JsonObject): void {
  const fault = definitionFault(value, { names: false });
  if (fault) throw new CouchError(403, 'forbidden', fault.quoted ?? fault.reason);
}

/** Undefined where the ends, options and filter can be read. `names`: bare database names are ends. */
export function definitionFault(
  value: JsonObject,
  { names }: { readonly names: boolean },
): DefinitionFault | undefined {
  return (
    contextFault(value.user_ctx) ??
    proxiesFault(value) ??
    optionsFault(value) ??
    exclusionFault(value) ??
    addressFault(value.source, names) ??
    proxyFault(proxyOf(value, 'source_proxy')) ??
    accessFault(value.source) ??
    addressFault(value.target, names) ??
    proxyFault(proxyOf(value, 'target_proxy')) ??
    accessFault(value.target) ??
    filterFault(value)
  );
}

function contextFault(context: unknown): DefinitionFault | undefined {
  if (context === undefined || isObject(context)) return undefined;
  return unreadable('parameter `user_ctx` must be a JSON object');
}

function proxiesFault(value: JsonObject): DefinitionFault | undefined {
  if (value.proxy === undefined) return undefined;
  for (const one of ['source_proxy', 'target_proxy']) {
    if (value[one] !== undefined)
      return exclusive(`\`proxy\` is mutually exclusive with \`${one}\``);
  }
  return undefined;
}

type Check = (name: string, value: unknown) => DefinitionFault | undefined;

const flag: Check = (name, value) =>
  typeof value === 'boolean' ? undefined : badRequest(`parameter \`${name}\` must be a boolean`);

const object = (name: string, value: unknown, what: string): DefinitionFault | undefined =>
  isObject(value) ? undefined : badRequest(`parameter \`${name}\` must be ${what}`);

const wholeNumber: Check = (name, value) => {
  const whole = Number.isInteger(value) || (typeof value === 'string' && /^[+-]?\d+$/.test(value));
  return whole ? undefined : unreadable(`parameter \`${name}\` must be an integer`);
};

const ids: Check = (name, value) => {
  if (value === null) return undefined;
  if (!Array.isArray(value)) return badRequest(`parameter \`${name}\` must be an array`);
  const text = value.every((id) => typeof id === 'string');
  return text ? undefined : unreadable(`parameter \`${name}\` must be an array of strings`);
};

const OPTIONS: { readonly [name: string]: Check } = {
  cancel: flag,
  create_target: flag,
  continuous: flag,
  winning_revs_only: flag,
  use_bulk_get: flag,
  create_target_params: (name, value) => object(name, value, 'a JSON object'),
  query_params: (name, value) => object(name, value, 'an object'),
  selector: (name, value) => object(name, value, 'a JSON object'),
  doc_ids: ids,
  worker_processes: wholeNumber,
  worker_batch_size: wholeNumber,
  http_connections: wholeNumber,
  connection_timeout: wholeNumber,
  retries_per_request: wholeNumber,
  checkpoint_interval: wholeNumber,
};

function optionsFault(value: JsonObject): DefinitionFault | undefined {
  for (const [name, given] of Object.entries(value)) {
    const check = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    const fault = check?.(name, given);
    if (fault) return fault;
  }
  return undefined;
}

function exclusionFault(value: JsonObject): DefinitionFault | undefined {
  const { doc_ids: docIds, filter, selector } = value;
  const given = [docIds ?? undefined, filter, selector].filter((one) => one !== undefined);
  if (given.length < 2) return undefined;
  return exclusive('`doc_ids`,`filter`,`selector` are mutually exclusive');
}

const proxyOf = (value: JsonObject, name: string): unknown =>
  Object.hasOwn(value, name) ? value[name] : value.proxy;

function proxyFault(proxy: unknown): DefinitionFault | undefined {
  if (proxy === undefined || proxy === '') return undefined;
  if (typeof proxy !== 'string') return error('Invalid proxy url');
  const url = URL.parse(proxy);
  if (url && /^(https?|socks5):$/.test(url.protocol)) return undefined;
  return error('proxy has an invalid url');
}

const HTTP = /^https?:\/\//;

function addressFault(end: unknown, names: boolean): DefinitionFault | undefined {
  if (end === undefined) return error('Missing replicator database');
  if (typeof end === 'string') {
    if (HTTP.test(end)) return urlFault(end);
    return names ? undefined : error('local_endpoints_not_supported');
  }
  if (!isObject(end)) return unreadable('endpoint must be a URL or a JSON object');
  if (typeof end.url !== 'string' || !HTTP.test(end.url)) return invalidUrl();
  return urlFault(end.url);
}

function accessFault(end: unknown): DefinitionFault | undefined {
  if (!isObject(end)) return undefined;
  const { headers = {}, auth = {} } = end;
  if (!isObject(auth)) return unreadable('`auth` of an endpoint must be a JSON object');
  const texts =
    isObject(headers) && Object.values(headers).every((one) => typeof one === 'string');
  return texts ? undefined : unreadable('`headers` of an endpoint must be an object of strings');
}

const invalidUrl = (): DefinitionFault => ({
  kind: 'invalid_replication',
  reason: 'endpoint has an invalid url',
});

function urlFault(text: string): DefinitionFault | undefined {
  // What belongs in a URL only percent-encoded is not put right here, as `URL` would.
  const plain = /^[\x21-\x7e]+$/.test(text) && !/[<>\\^`{|}"]/.test(text);
  const authority = /^https?:\/\/([^/?#]*)/.exec(text)?.[1] ?? '';
  const after = authority.slice(authority.indexOf('@') + 1);
  const readable = /^(\[[0-9A-Fa-f:.]+\]|[^:@[\]]*)(:\d+)?$/.test(after);
  const something = text.replace(HTTP, '') !== '';
  return plain && readable && something ? undefined : invalidUrl();
}

function filterFault({ filter, selector }: JsonObject): DefinitionFault | undefined {
  if (filter !== undefined) {
    if (typeof filter === 'string' && (filter.includes('/') || filter === '_design'))
      return undefined;
    return error('Invalid filter. Must match `ddocname/filtername`.');
  }
  if (selector === undefined) return undefined;
  try {
    compileSelector(selector);
    return undefined;
  } catch (cause) {
    if (cause instanceof CouchError) return unreadable(cause.reason);
    throw cause;
  }
}

const error = (reason: string): DefinitionFault => ({ kind: 'error', reason });

/** CouchDB ends in an Erlang crash here: the words are ours. */
const unreadable = (reason: string): DefinitionFault => ({ kind: 'unreadable', reason });

const badRequest = (reason: string): DefinitionFault => ({
  kind: 'bad_request',
  reason,
  quoted: `{throw,{bad_request,<<"${reason}">>}}`,
});

const exclusive = (reason: string): DefinitionFault => ({
  kind: 'bad_request',
  reason,
  quoted: `{throw,{bad_request,"${reason}"}}`,
});
