import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf } from './http-client.ts';
import { randomFrom, seed } from './seed.ts';

// Requests that nobody would send on purpose: the server answers each, tells a reason, stays alive,
// and holds on to nothing.

const ROUNDS = process.env.DRAWS_LONG ? 100_000 : 3000;

const problems: unknown[] = [];
let server: CouchServer;
let client: Client;

beforeAll(async () => {
  server = await startCouchServer({
    log: (message, error) => problems.push([message, error]),
    limits: { maxDatabases: 40, maxRequestSize: 1_000_000 },
  });
  client = clientOf(server.url);
});

afterAll(async () => {
  client.close();
  await server.close();
});

const random = randomFrom(seed);
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;

const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'COPY', 'PATCH', 'OPTIONS'] as const;
const NAMES = [
  ...['a', 'b', 'x', 'doc', '_all_docs', '_changes', '_bulk_docs', '_bulk_get', '_find', '_index'],
  ...['_explain', '_revs_diff', '_missing_revs', '_purge', '_security', '_revs_limit', '_local'],
  ...['_design', '_design%2Fd', '_local%2Fl', '_compact', '_view', '_design_docs', '_local_docs'],
  ...[
    '_ensure_full_commit',
    'queries',
    '%00',
    '%ff',
    '%',
    '+',
    '..',
    '',
    'é',
    '%C3%A9',
    '_',
    '__proto__',
  ],
];
const ROOTS = [
  ...[
    'fuzz',
    'fuzz',
    'fuzz',
    'fuzz',
    'other',
    '_users',
    '_replicator',
    '_all_dbs',
    '_uuids',
    '_up',
  ],
  ...[
    '_session',
    '_dbs_info',
    '_active_tasks',
    '_node',
    '_scheduler',
    '_replicate',
    'constructor',
    'A',
  ],
];
const PARAMETERS = [
  ...[
    'rev',
    'revs',
    'open_revs',
    'conflicts',
    'attachments',
    'since',
    'limit',
    'skip',
    'startkey',
  ],
  ...[
    'endkey',
    'key',
    'keys',
    'descending',
    'include_docs',
    'style',
    'filter',
    'doc_ids',
    'count',
  ],
  ...[
    'new_edits',
    'latest',
    'meta',
    'atts_since',
    'local_seq',
    'inclusive_end',
    'batch',
    'heartbeat',
  ],
];
const VALUES = [
  ...[
    'true',
    'false',
    '1',
    '0',
    '-1',
    '9e99',
    'now',
    '"a"',
    '["1-a"]',
    '[',
    '{}',
    'null',
    'all',
    '',
  ],
  ...[
    '1-abc',
    '2-b',
    'x-y',
    '_selector',
    '_doc_ids',
    '_design',
    'd/f',
    '%ff',
    '0-0',
    '99999999999999999',
  ],
];

function value(depth: number): unknown {
  const kind = random(depth > 3 ? 6 : 9);
  if (kind === 0) return null;
  if (kind === 1) return random(1000) - 500;
  if (kind === 2)
    return pick(['', 'a', '\ud800', '\0', 'é', 'x'.repeat(random(2000)), '1-a', '2-b']);
  if (kind === 3) return random(2) === 0;
  if (kind === 4) return random(2) * 1e300;
  if (kind === 5) return [];
  if (kind < 7) return Array.from({ length: random(4) }, () => value(depth + 1));
  return document(depth + 1);
}

function document(depth: number): { [key: string]: unknown } {
  const keys = [
    ...['_id', '_rev', '_deleted', '_revisions', '_attachments', '_x', 'docs', 'keys', 'selector'],
    ...[
      'fields',
      'limit',
      'sort',
      'index',
      'new_edits',
      'start',
      'ids',
      'data',
      'stub',
      'content_type',
    ],
    ...[
      '$and',
      '$or',
      '$gt',
      '$regex',
      '$in',
      'name',
      'password',
      'source',
      'target',
      'a',
      'n',
      'id',
      'rev',
    ],
  ];
  const count = random(5);
  return Object.fromEntries(Array.from({ length: count }, () => [pick(keys), value(depth)]));
}

function history(): unknown {
  const length = random(6);
  const ids = Array.from({ length }, () => pick(['a', 'b', 'c', 'd', 'e', '', 'x,y', 5]));
  const start = pick([length, length + 1, 0, -1, 1e9, 'x']);
  return {
    _id: pick(['t1', 't2']),
    _rev: `${start}-${ids[0]}`,
    _revisions: { start, ids },
    n: random(9),
  };
}

function body(): string | undefined {
  const kind = random(8);
  if (kind === 0) return undefined;
  if (kind === 1)
    return pick(['{', '[]', '"x"', '5', 'null', '{"docs":[', '\u0000', '[['.repeat(3000)]);
  if (kind === 2) return JSON.stringify({ docs: [history(), history()], new_edits: false });
  if (kind === 3) return JSON.stringify({ docs: [document(0), document(0)] });
  if (kind === 4) return JSON.stringify({ selector: document(0), limit: pick([1, 'x', -1, 25]) });
  return JSON.stringify(document(0));
}

function path(): string {
  const parts = [pick(ROOTS), ...Array.from({ length: random(4) }, () => pick(NAMES))];
  const count = random(3);
  const query = Array.from({ length: count }, () => `${pick(PARAMETERS)}=${pick(VALUES)}`).join(
    '&',
  );
  return encodeURI(`/${parts.join('/')}${query === '' ? '' : `?${query}`}`).replaceAll('%25', '%');
}

/** Whether the request may ask for something that takes JavaScript, or is no part of this server. */
const isAbsent = (target: string, text = ''): boolean =>
  /_view|_design|filter=|_search|_nouveau|_reshard|_config|_partition/.test(target) ||
  text.includes('_design') ||
  text.includes('_attachments');

it(`answers ${ROUNDS} malformed requests (seed ${seed})`, { timeout: 600_000 }, async () => {
  await client('PUT', '/fuzz');
  for (let round = 0; round < ROUNDS; round++) {
    const method = pick(METHODS);
    const target = path();
    // The database under attack stays.
    if (method === 'DELETE' && /^\/(fuzz|_users|_replicator)\/?(\?|$)/.test(target)) continue;
    const headers = pick([
      {},
      {},
      { 'If-Match': pick(VALUES).replace(/[^\w-]/g, '') },
      { Destination: 'x' },
    ]);
    const text = body();
    const answer = await client(method, target, text, headers);
    const told = `round ${round} of seed ${seed}: ${method} ${target} ${text?.slice(0, 300)}`;
    if (answer.status >= 500) {
      // CouchDB itself says 500 to these.
      const usual = /^\/_replicate|\/_index\?.*(limit|skip)=|\/_local\//.test(target);
      const bulk = /\/_bulk_docs/.test(target) && answer.body?.reason === 'function_clause';
      // Nothing here is too much at a time: 503 would mean that something was not given back.
      const expected =
        (answer.status === 500 && (usual || bulk)) ||
        (answer.status === 501 && isAbsent(target, text)) ||
        (answer.status === 507 && answer.body?.error === 'insufficient_storage');
      expect(expected, `${told} → ${answer.text}`).toBe(true);
      if (method !== 'HEAD') expect(answer.body?.reason, told).toBeTruthy();
    }
  }
  expect(problems, `seed ${seed}`).toEqual([]);
  expect((await client('GET', '/fuzz')).status).toBe(200);
});

it(`survives bytes that are no HTTP (seed ${seed})`, async () => {
  const starts = [
    'GET / HTTP/1.1\r\n',
    'PUT /fuzz/x HTTP/1.1\r\nContent-Length: 10\r\n\r\n{',
    '',
    '\0\0\0',
  ];
  for (let round = 0; round < 60; round++) {
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined).on('close', () => resolve());
      const noise = Buffer.from(Array.from({ length: random(200) }, () => random(256)));
      socket.end(Buffer.concat([Buffer.from(pick(starts)), noise]));
      socket.resume();
    });
  }
  expect((await client('GET', '/_up')).status).toBe(200);
});
