import { badRequest, CouchError, databaseMissing, notFound } from '../../couch-error.ts';
import type { ExtensionRequest, ExtensionResponse } from '../../extension.ts';
import { count } from '../../http/wire/query.ts';
import type { JsonObject } from '../../json-object.ts';
import type { JobRegistry } from './job-registry.ts';
import { documentView, jobView } from './job-views.ts';
import { type ReplicatorScheduler, replicatorDatabase } from './scheduler.ts';

// `_scheduler/jobs` and `_scheduler/docs`, whole, by id, and in pages (`skip`, `limit`, `states`).

export type SchedulerSources = {
  scheduler: ReplicatorScheduler;
  registry: JobRegistry;
  url: string;
};

export function schedulerAnswer(
  { method, segments, query }: ExtensionRequest,
  sources: SchedulerSources,
): ExtensionResponse {
  if (method !== 'GET' && method !== 'HEAD') {
    const body = { error: 'method_not_allowed', reason: 'Only GET,HEAD allowed' };
    return { status: 405, body, headers: { Allow: 'GET,HEAD' } };
  }
  const [, kind, ...rest] = segments;
  if (kind === 'jobs' && rest.length < 2) return jobsAnswer(rest[0], query, sources);
  if (kind === 'docs') return docsAnswer(rest, query, sources);
  return { status: 404, body: { error: 'not found' } };
}

function jobsAnswer(
  id: string | undefined,
  query: URLSearchParams,
  { registry, url }: SchedulerSources,
): ExtensionResponse {
  if (id === undefined) {
    const jobs = registry.all().sort((a, b) => (a.id < b.id ? -1 : 1));
    const views = jobs.map((job) => jobView(job, url));
    const skip = jobNumber(query, 'skip') ?? 0;
    return { status: 200, body: pageOf('jobs', views, skip, jobNumber(query, 'limit')) };
  }
  const job = registry.get(id);
  if (!job) throw notFound('missing');
  return { status: 200, body: jobView(job, url) };
}

const STATES = ['initializing', 'error', 'running', 'pending', 'crashing', 'completed', 'failed'];

function docsAnswer(
  rest: string[],
  query: URLSearchParams,
  sources: SchedulerSources,
): ExtensionResponse {
  const [database = replicatorDatabase, ...id] = rest;
  if (database !== replicatorDatabase) {
    throw database.endsWith(`/${replicatorDatabase}`)
      ? databaseMissing()
      : badRequest('Invalid path');
  }
  if (id.length > 1) throw badRequest('Invalid path');
  if (id.length === 1) return oneDocument(rest, sources);
  const states = statesOf(query);
  const { scheduler, url } = sources;
  const views = scheduler.entries().map((entry) => documentView(entry, url));
  const wanted = views.filter((view) => !states || states.includes(String(view.state)));
  const skip = count(query, 'skip') ?? 0;
  return { status: 200, body: pageOf('docs', wanted, skip, count(query, 'limit')) };
}

/** Throws CouchError 400. */
function statesOf(query: URLSearchParams): string[] | undefined {
  const states = query.get('states')?.split(',');
  const unknown = states?.filter((state) => !STATES.includes(state)) ?? [];
  if (unknown.length === 0) return states;
  throw parseError(`Unknown states [${unknown.join(',')}]. Choose from: [${STATES.join(',')}]`);
}

function oneDocument(
  [database, ...id]: string[],
  { scheduler, url }: SchedulerSources,
): ExtensionResponse {
  const entry = database === replicatorDatabase ? scheduler.entry(id.join('/')) : undefined;
  if (!entry) throw notFound('missing');
  return { status: 200, body: documentView(entry, url) };
}

function pageOf(
  name: string,
  rows: JsonObject[],
  skip: number,
  limit: number | undefined,
): JsonObject {
  const offset = Math.min(skip, rows.length);
  const page = rows.slice(offset, offset + (limit ?? rows.length));
  return { total_rows: rows.length, offset, [name]: page };
}

/** Said in other words than for documents. Throws CouchError 400. */
function jobNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw parseError(`${name} must be an integer`);
  if (Number(text) < 0) throw parseError(`${name} not in range of [0,infinity]`);
  return Number(text);
}

const parseError = (reason: string): CouchError =>
  new CouchError(400, 'query_parse_error', reason);
