// The JSON API, for what is too much to be kept up to date on every page.

import type {
  ErrorAnswer,
  Histories,
  LogLines,
  OusDetail,
  OusMessages,
  TablePage,
  VisitDetail,
} from '../../../protocol/json-api.ts';
import type { TableName } from '../../../protocol/summaries.ts';

export interface TableQuery {
  search: string;
  sort: string;
  order: 'asc' | 'desc';
  offset: number;
  limit: number;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function fetchOus(id: string, signal: AbortSignal): Promise<OusDetail> {
  return get(`api/ous/${encodeURIComponent(id)}`, signal);
}

export function fetchOusMessages(id: string, signal: AbortSignal): Promise<OusMessages> {
  return get(`api/ous/${encodeURIComponent(id)}/messages`, signal);
}

export function fetchVisit(id: string, signal: AbortSignal): Promise<VisitDetail> {
  return get(`api/visits/${encodeURIComponent(id)}`, signal);
}

export function fetchLog(process: string, signal: AbortSignal): Promise<LogLines> {
  return get(`api/logs/${encodeURIComponent(process)}`, signal);
}

export function fetchOusLog(
  id: string,
  { from_ms, to_ms }: { from_ms: number; to_ms: number },
  signal: AbortSignal,
): Promise<LogLines> {
  const query = `from=${Math.floor(from_ms)}&to=${Math.ceil(to_ms)}`;
  return get(`api/ous/${encodeURIComponent(id)}/log?${query}`, signal);
}

export function fetchHistories(signal: AbortSignal): Promise<Histories> {
  return get('api/histories', signal);
}

export function fetchTable(
  name: TableName,
  query: TableQuery,
  signal: AbortSignal,
): Promise<TablePage> {
  const parameters = Object.entries(query)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => [key, String(value)]);
  return get(`api/tables/${name}?${new URLSearchParams(parameters)}`, signal);
}

/** `session`: by which the page may act on the line. Throws as `get`. */
export function post<T>(path: string, body: object, session?: string): Promise<T> {
  return ask(path, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(session && { authorization: `Bearer ${session}` }),
    },
    body: JSON.stringify(body),
  });
}

/** Throws ApiError with the server's own words where it has some. */
function get<T>(path: string, signal: AbortSignal): Promise<T> {
  return ask(path, { signal, headers: { accept: 'application/json' } });
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(new URL(path, document.baseURI), init).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, 'the dashboard server does not answer');
  });
  if (response.ok) return (await response.json()) as T;
  const answer = (await response.json().catch(() => undefined)) as
    | Partial<ErrorAnswer>
    | undefined;
  throw new ApiError(
    response.status,
    answer?.error?.message ?? `the server answered ${response.status}`,
  );
}
