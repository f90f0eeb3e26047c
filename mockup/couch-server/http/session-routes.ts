/** `/_session`: who am I, log in, log out. */
import { badRequest, CouchError } from '../couch-error.ts';
import type { JsonObject } from '../store/database.ts';
import { type Handler, methodNotAllowed, type ServerContext } from './context.ts';
import type { Exchange } from './exchange.ts';
import { parseJson } from './json-text.ts';

export const sessionRoute: Handler = async (exchange, context) => {
  switch (exchange.method) {
    case 'GET':
    case 'HEAD':
      return showSession(exchange);
    case 'POST':
      return logIn(exchange, context);
    case 'DELETE':
      return exchange.json(200, { ok: true }, { 'Set-Cookie': context.authority.clearedCookie() });
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
  const address = exchange.req.socket.remoteAddress ?? '';
  try {
    const user = await context.authority.logIn(name, password, address);
    const cookie = context.authority.cookieFor(name);
    exchange.json(200, { ok: true, name, roles: user.roles }, { 'Set-Cookie': cookie });
  } catch (error) {
    if (error instanceof CouchError && error.status === 401) {
      exchange.res.setHeader('Set-Cookie', context.authority.clearedCookie());
    }
    throw error;
  }
}

async function credentials(exchange: Exchange): Promise<{ name: string; password: string }> {
  const body = await exchange.readBody(64 * 1024);
  const type = exchange.header('content-type') ?? '';
  if (type.startsWith('application/x-www-form-urlencoded')) {
    const form = new URLSearchParams(body.toString('utf8'));
    return checked(form.get('name') ?? form.get('username'), form.get('password'));
  }
  exchange.needJsonType();
  const value = parseJson(body) as JsonObject | null;
  return checked(value?.name ?? value?.username, value?.password);
}

function checked(name: unknown, password: unknown): { name: string; password: string } {
  if (typeof name === 'string' && typeof password === 'string') return { name, password };
  throw badRequest('request body must contain a username and a password');
}
