/** `/_session`: who am I, log in, log out. */
import { badRequest, CouchError } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import { methodNotAllowed, type RouteHandler, type ServerContext } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { parseJson } from '../wire/json-text.ts';

export const sessionRoute: RouteHandler = async (exchange, context) => {
  switch (exchange.method) {
    case 'GET':
    case 'HEAD':
      if (exchange.user.name === null && exchange.query.get('basic') === 'true')
        throw pleaseLogIn(exchange);
      return showSession(exchange);
    case 'POST':
      return logIn(exchange, context);
    case 'DELETE':
      return answer(exchange, 'next', 200, { ok: true }, context.authority.clearedCookie());
    default:
      methodNotAllowed(exchange, 'GET,HEAD,POST,DELETE');
  }
};

function showSession(exchange: Exchange): void {
  const { name, roles, by } = exchange.user;
  const handlers = { authentication_handlers: ['cookie', 'default'] };
  const info = by === undefined ? handlers : { ...handlers, authenticated: by };
  exchange.json(200, { ok: true, userCtx: { name, roles }, info });
}

async function logIn(exchange: Exchange, context: ServerContext): Promise<void> {
  const { name, password } = await credentials(exchange);
  for (const parameter of ['next', 'fail']) pathGiven(exchange, parameter);
  const address = exchange.req.socket.remoteAddress ?? '';
  try {
    const user = await context.authority.logIn(name, password, address);
    const cookie = context.authority.cookieFor(name);
    answer(exchange, 'next', 200, { ok: true, name, roles: user.roles }, cookie);
  } catch (error) {
    if (!(error instanceof CouchError) || error.status !== 401) throw error;
    const body = { error: error.error, reason: error.reason };
    answer(exchange, 'fail', 401, body, context.authority.clearedCookie());
  }
}

/** A page that sends a form says where on this server to go on: `?next=`, `?fail=`. */
function answer(
  exchange: Exchange,
  parameter: 'next' | 'fail',
  status: number,
  body: object,
  cookie: string,
): void {
  const path = pathGiven(exchange, parameter);
  const headers = { 'Set-Cookie': cookie };
  if (path === null) exchange.json(status, body, headers);
  else exchange.json(302, body, { ...headers, Location: exchange.location(path) });
}

/** Throws CouchError 400. */
function pathGiven({ query }: Exchange, parameter: string): string | null {
  const path = query.get(parameter);
  if (path === null || /^\/[\x21-\x7e]*$/.test(path)) return path;
  throw badRequest('path must begin with a /.');
}

function pleaseLogIn(exchange: Exchange): CouchError {
  exchange.res.setHeader('WWW-Authenticate', 'Basic realm="server"');
  return new CouchError(401, 'unauthorized', 'Please login.');
}

async function credentials(exchange: Exchange): Promise<{ name: string; password: string }> {
  const body = await exchange.readBody(64 * 1024);
  const type = exchange.header('content-type') ?? '';
  if (type.startsWith('application/x-www-form-urlencoded')) {
    const form = new URLSearchParams(body.toString('utf8'));
    return checked(form.get('name') ?? form.get('username') ?? undefined, form.get('password'));
  }
  if (!type.startsWith('application/json')) {
    const types = "'application/x-www-form-urlencoded' or 'application/json'";
    throw new CouchError(415, 'bad_content_type', `Content-Type must be ${types}`);
  }
  const value = parseJson(body) as JsonObject | null;
  const { name, username, password } = value ?? {};
  if (name !== undefined && username !== undefined && name !== username) {
    throw badRequest('request body contains different usernames');
  }
  return checked(name ?? username, password);
}

/** Nothing is an empty password, which is nobody's. */
function checked(name: unknown, password: unknown): { name: string; password: string } {
  if (name === undefined || name === '') {
    throw badRequest('request body must contain a username');
  }
  if (typeof name !== 'string') throw badRequest('the username must be a string');
  if (password === undefined || password === null) return { name, password: '' };
  if (typeof password !== 'string') throw badRequest('the password must be a string');
  return { name, password };
}
