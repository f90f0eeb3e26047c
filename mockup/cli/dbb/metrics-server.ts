// What a manager does, for Prometheus: `GET /metrics` on loopback, or where `--metrics` says. The values
// are read when they are asked for.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { closeServer, listen } from '../../platform/http/listen.ts';
import { UsageError } from '../usage-error.ts';

export interface Metric {
  name: string;
  help: string;
  kind: 'gauge' | 'counter';
  /** A number, or one per value of a label. Undefined: nothing to tell now. */
  read(): number | undefined | Labelled;
}

export interface Labelled {
  label: string;
  values: Readonly<Record<string, number>>;
}

export interface MetricsServer {
  url: string;
  close(): Promise<void>;
}

/** Throws UsageError for a place that is none, AppError where it can't be had. */
export async function serveMetrics(
  place: string,
  metrics: readonly Metric[],
): Promise<MetricsServer> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const update = metrics.map((metric) => registered(metric, registry));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [pathname] = (request.url ?? '/').split('?', 1);
    if (pathname !== '/metrics' || !['GET', 'HEAD'].includes(request.method ?? '')) {
      response.writeHead(pathname === '/metrics' ? 405 : 404).end();
      return;
    }
    for (const one of update) one();
    const text = await registry.metrics();
    response.writeHead(200, { 'Content-Type': registry.contentType });
    response.end(request.method === 'HEAD' ? undefined : text);
  };
  // Whatever comes to this port, the manager goes on.
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.headersSent || response.writeHead(500).end());
  });
  const url = await listen(server, placeOf(place));
  server.unref();
  return { url: `${url}/metrics`, close: () => closeServer(server) };
}

/** Takes the value over; a counter only ever grows. */
function registered(metric: Metric, registry: Registry): () => void {
  const { name, help, kind, read } = metric;
  const first = read();
  const labelNames = typeof first === 'object' ? [first.label] : [];
  const options = { name, help, labelNames, registers: [registry] };
  const made = kind === 'counter' ? new Counter(options) : new Gauge(options);
  return () => {
    const now = read();
    made.reset();
    if (typeof now === 'number') made.inc(now);
    if (typeof now !== 'object') {
      if (now === undefined) made.remove();
      return;
    }
    for (const [value, count] of Object.entries(now.values)) {
      made.inc({ [now.label]: value }, count);
    }
  };
}

/** `9101`, or `0.0.0.0:9101`. */
function placeOf(text: string): { host: string; port: number } {
  const [, host = '127.0.0.1', digits] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits !== undefined && port <= 65_535)
    return { host: host.replace(/^\[(.*)\]$/, '$1'), port };
  throw new UsageError(`--metrics is a port, or ADDRESS:PORT, not ${JSON.stringify(text)}`);
}
