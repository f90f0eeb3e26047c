/** `/_node/…`: what one node of a cluster tells of itself. This server is one node, always the same. */
import { requireServerAdmin } from '../auth/security.ts';
import { badRequest, CouchError, notFound } from '../couch-error.ts';
import { methodNotAllowed, type RouteHandler, type ServerContext } from './context.ts';
import type { Exchange } from './exchange.ts';
import { prometheusText, statsOf } from './server/metrics-text.ts';

/** The name that a CouchDB outside a cluster has. */
export const NODE = 'nonode@nohost';

export const node: RouteHandler = (exchange, context) => {
  requireServerAdmin(exchange.user);
  const [, name, what, ...rest] = exchange.segments;
  if (name === undefined) throw badRequest('Incomplete path to _node request');
  const known = name === '_local' || name === NODE;
  if (what === undefined) {
    if (!known) throw noSuchNode(name);
    return exchange.json(200, { name: NODE });
  }
  const answer = Object.hasOwn(ANSWERS, what) ? ANSWERS[what] : undefined;
  if (!answer) throw notFound(known ? 'no_db_file' : `no such node: ${name}`);
  const methods = answer.methods(rest);
  if (!methods.split(',').includes(exchange.method) && exchange.method !== 'HEAD') {
    methodNotAllowed(exchange, methods);
  }
  if (!known) throw noSuchNode(name);
  answer.handle(exchange, context, rest);
};

const noSuchNode = (name: string): CouchError => notFound(`no such node: ${name}`);

interface NodeAnswer {
  readonly methods: (rest: readonly string[]) => string;
  readonly handle: (exchange: Exchange, context: ServerContext, rest: readonly string[]) => void;
}

const reading = (handle: NodeAnswer['handle']): NodeAnswer => ({ methods: () => 'GET', handle });

const ANSWERS: { readonly [name: string]: NodeAnswer } = {
  _stats: reading((exchange, context, rest) => {
    exchange.json(200, rest.reduce<unknown>(memberOf, statsOf(context)) ?? null);
  }),
  _system: reading((exchange) => exchange.json(200, { memory: process.memoryUsage() })),
  _versions: reading((exchange) => exchange.json(200, versions())),
  _smoosh: reading((exchange, _context, [what]) => {
    if (what !== 'status') throw notFound('missing');
    exchange.json(200, { channels: {} });
  }),
  _prometheus: reading((exchange, context) => {
    exchange.res.setHeader('Content-Type', 'text/plain; version=0.0.4');
    exchange.res.end(exchange.method === 'HEAD' ? undefined : prometheusText(context));
  }),
  _config: {
    methods: ([, key]) => (key === undefined ? 'GET' : 'GET,PUT,DELETE'),
    handle: config,
  },
  _restart: { methods: () => 'POST', handle: refuseRestart },
};

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as { readonly [name: string]: unknown })[name]
    : undefined;

function versions(): object {
  const { icu = '' } = process.versions;
  return { javascript_engine: null, collation_driver: { name: 'libicu', library_version: icu } };
}

/** There are no sections: what can be set is set at the start. */
function config(exchange: Exchange, _context: ServerContext, [, key]: readonly string[]): void {
  if (!exchange.isRead) {
    const reason = 'This server is configured when it is started, not over HTTP.';
    throw new CouchError(403, 'forbidden', reason);
  }
  if (key !== undefined) throw notFound('unknown_config_value');
  exchange.json(200, {});
}

function refuseRestart(exchange: Exchange): never {
  if (exchange.method !== 'POST') methodNotAllowed(exchange, 'POST');
  throw new CouchError(403, 'forbidden', 'This server is not restarted over HTTP.');
}
