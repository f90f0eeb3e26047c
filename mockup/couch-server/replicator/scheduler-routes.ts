import { badRequest, CouchError, notFound } from '../couch-error.ts';
import type { ExtensionRequest, ExtensionResponse } from '../extension.ts';
import type { JsonObject } from '../store/database.ts';
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
  { scheduler, registry, url }: SchedulerSources,
): ExtensionResponse {
  if (method !== 'GET' && method !== 'HEAD') {
    throw new CouchError(405, 'method_not_allowed', 'Only GET,HEAD allowed');
  }
  const [, kind, ...rest] = segments;
  if (kind === 'jobs') {
    if (rest.length === 0) {
      const jobs = registry.all().sort((a, b) => (a.id < b.id ? -1 : 1));
      return {
        status: 200,
        body: pageOf(
          'jobs',
          jobs.map((job) => jobView(job, url)),
          query,
        ),
      };
    }
    const job = registry.get(rest.join('/'));
    if (!job) throw notFound('job not found');
    return { status: 200, body: jobView(job, url) };
  }
  if (kind !== 'docs') throw notFound('missing');
  if (rest.length > 1) return oneDocument(rest, { scheduler, registry, url });
  if (rest.length === 1 && rest[0] !== replicatorDatabase) throw notFound('missing');
  const states = query.get('states')?.split(',');
  const views = scheduler.entries().map((entry) => documentView(entry, url));
  const wanted = views.filter((view) => !states || states.includes(String(view.state)));
  return { status: 200, body: pageOf('docs', wanted, query) };
}

function oneDocument(
  [database, ...id]: string[],
  { scheduler, url }: SchedulerSources,
): ExtensionResponse {
  const entry = database === replicatorDatabase ? scheduler.entry(id.join('/')) : undefined;
  if (!entry) throw notFound('missing');
  return { status: 200, body: documentView(entry, url) };
}

function pageOf(name: string, rows: JsonObject[], query: URLSearchParams): JsonObject {
  const skip = wholeNumber(query, 'skip') ?? 0;
  const limit = wholeNumber(query, 'limit') ?? rows.length;
  return { total_rows: rows.length, offset: skip, [name]: rows.slice(skip, skip + limit) };
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text))
    throw badRequest(`Invalid value for ${name}: must be a whole number`);
  return Number(text);
}
