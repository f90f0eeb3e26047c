// The REST API: each method's HTTP rule, as its published definition has it, leads to the same
// handler as gRPC.

import express from 'express';
import { fromJson, methodsOf, type ProtoObject, type RpcMethod, toJson } from '../protocol.ts';
import { invalid, PubsubError, toPubsubError } from '../pubsub-error.ts';
import type { Handlers } from './calls.ts';

export interface RestServices {
  publisher: Handlers;
  subscriber: Handlers;
  onError(error: unknown): void;
}

interface Route {
  verb: string;
  pattern: RegExp;
  /** The fields that the path gives, in order: `topic`, or `topic.name`. */
  fields: string[];
  method: RpcMethod;
  handler: Handlers[string] | undefined;
}

const BODY_BYTES_MAX = 20_000_000;

export function createRestApp(services: RestServices): express.Express {
  const routes = (['Publisher', 'Subscriber'] as const).flatMap((service) =>
    methodsOf(service).flatMap((method) => {
      const handlers = service === 'Publisher' ? services.publisher : services.subscriber;
      return method.http ? [routeOf(method, method.http, handlers[method.name])] : [];
    }),
  );
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/', (_request, response) => {
    response.type('text').send('Ok\n');
  });
  app.use(express.json({ limit: BODY_BYTES_MAX, type: () => true, strict: true }));
  app.use(async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const { method, handler, fields } = findRoute(routes, request);
    if (!handler) throw new PubsubError('UNIMPLEMENTED', `${method.name} is not supported here`);
    const message = fromJson(method.request, { ...given(request, method), ...nested(fields) });
    const proto = method.request.toObject(message, { longs: Number, enums: String });
    const answer = await handler(withPath(proto, fields), { signal: gone.signal });
    response.json(toJson(method.response, answer));
  });
  app.use(
    (error: unknown, _request: express.Request, response: express.Response, _next: unknown) => {
      sendError(error, response, services.onError);
    },
  );
  return app;
}

function sendError(
  error: unknown,
  response: express.Response,
  onError: (error: unknown) => void,
): void {
  const unreadable = (error as { status?: number } | null)?.status;
  const shown =
    unreadable && unreadable < 500
      ? invalid(`Invalid JSON payload received: ${(error as Error).message.slice(0, 200)}`)
      : toPubsubError(error);
  if (shown.status === 'INTERNAL') onError(error);
  if (response.headersSent) return;
  const { httpStatus: code, message, status } = shown;
  response.status(code).json({ error: { code, message, status } });
}

function findRoute(
  routes: readonly Route[],
  request: express.Request,
): { method: RpcMethod; handler: Route['handler']; fields: Record<string, string> } {
  for (const { verb, pattern, fields, method, handler } of routes) {
    if (verb !== request.method.toLowerCase()) continue;
    const match = pattern.exec(request.path);
    if (!match) continue;
    const values = match.slice(1).map(decoded);
    return {
      method,
      handler,
      fields: Object.fromEntries(fields.map((field, index) => [field, values[index] ?? ''])),
    };
  }
  throw new PubsubError('NOT_FOUND', 'Not found');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid('the path is not properly encoded');
  }
}

/** The body, or for methods without one the query. */
function given(request: express.Request, method: RpcMethod): ProtoObject {
  if (method.http?.hasBody) {
    const { body } = request as { body?: unknown };
    if (body === undefined) return {};
    if (typeof body === 'object' && body && !Array.isArray(body)) return body as ProtoObject;
    throw invalid('Invalid JSON payload received: an object is needed');
  }
  const query = request.query as Record<string, unknown>;
  const known = method.request.fields;
  return Object.fromEntries(Object.entries(query).filter(([key]) => Object.hasOwn(known, key)));
}

/** Fields of the path at the top of a message; deeper ones are put in afterwards. */
function nested(fields: Record<string, string>): ProtoObject {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !key.includes('.')));
}

function withPath(message: ProtoObject, fields: Record<string, string>): ProtoObject {
  for (const [key, value] of Object.entries(fields)) {
    const [outer = '', inner] = key.split('.');
    if (inner === undefined) continue;
    message[outer] = { ...(message[outer] as ProtoObject | undefined), [inner]: value };
  }
  return message;
}

/** A template such as `{topic=projects/x/topics/y}:publish` → an expression with one group for each field. */
function routeOf(
  method: RpcMethod,
  http: NonNullable<RpcMethod['http']>,
  handler: Handlers[string] | undefined,
): Route {
  const fields: string[] = [];
  const pattern = http.template.replaceAll(
    /\{([a-z_.]+)=([^}]+)\}|([.:])/g,
    (_, field?: string, path?: string, sign?: string) => {
      if (field === undefined) return `\\${sign}`;
      fields.push(field.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()));
      return `(${(path ?? '').replaceAll('*', '[^/:]+')})`;
    },
  );
  return { verb: http.verb, pattern: new RegExp(`^${pattern}$`), fields, method, handler };
}
