/** The metrics as JSON in CouchDB's shape (`_stats`) and as Prometheus text. */
import type { ServerContext } from '../context.ts';
import type { RequestCounts } from './metrics.ts';

export function statsOf({ metrics, store, feeds }: ServerContext): object {
  const { clients, replicators, documentsWritten, errors } = metrics;
  const value = (of: number): object => ({ value: of, type: 'counter' });
  const methods = { ...clients.byMethod };
  for (const [method, n] of Object.entries(replicators.byMethod)) {
    methods[method] = (methods[method] ?? 0) + n;
  }
  const each = (counts: { [key: string]: number }): object =>
    Object.fromEntries(Object.entries(counts).map(([key, n]) => [key, value(n)]));
  return {
    couchdb: {
      httpd: {
        requests: value(clients.total + replicators.total),
        clients_requesting_changes: value(feeds.size),
        bulk_requests: value((clients.byKind.bulk ?? 0) + (replicators.byKind.bulk ?? 0)),
      },
      httpd_request_methods: each(methods),
      httpd_status_codes: each(sumOf(clients.byStatus, replicators.byStatus)),
      document_writes: value(documentsWritten),
      open_databases: value(store.openDatabases().length),
    },
    draws: { clients, replicators, errors },
  };
}

function sumOf(a: { [key: string]: number }, b: { [key: string]: number }) {
  const sum = { ...a };
  for (const [key, n] of Object.entries(b)) sum[key] = (sum[key] ?? 0) + n;
  return sum;
}

export function prometheusText({ metrics, store, feeds }: ServerContext): string {
  const lines: string[] = [];
  const metric = (name: string, type: string, values: readonly (readonly [string, number])[]) => {
    lines.push(`# TYPE couchdb_${name} ${type}`);
    for (const [labels, value] of values) lines.push(`couchdb_${name}${labels} ${value}`);
  };
  const both = (of: (counts: RequestCounts) => { [key: string]: number }, label: string) =>
    [['client', metrics.clients] as const, ['replicator', metrics.replicators] as const].flatMap(
      ([from, counts]) =>
        Object.entries(of(counts)).map(
          ([key, n]) => [`{${label}="${key}",from="${from}"}`, n] as const,
        ),
    );
  metric(
    'httpd_request_methods',
    'counter',
    both((counts) => counts.byMethod, 'method'),
  );
  metric(
    'httpd_request_kinds',
    'counter',
    both((counts) => counts.byKind, 'kind'),
  );
  metric(
    'httpd_status_codes',
    'counter',
    both((counts) => counts.byStatus, 'code'),
  );
  metric('document_writes_total', 'counter', [['', metrics.documentsWritten]]);
  metric('httpd_internal_errors_total', 'counter', [['', metrics.errors]]);
  metric('httpd_clients_requesting_changes', 'gauge', [['', feeds.size]]);
  metric('open_databases', 'gauge', [['', store.openDatabases().length]]);
  metric('databases', 'gauge', [['', store.databaseNames().length]]);
  metric('resident_memory_bytes', 'gauge', [['', process.memoryUsage.rss()]]);
  return `${lines.join('\n')}\n`;
}
