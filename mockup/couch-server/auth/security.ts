/** `_security`: who may read and write a database, and who may change its design. */
import { badRequest, CouchError } from '../couch-error.ts';
import type { JsonObject } from '../json-object.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { isServerAdmin, type User } from './user.ts';

interface Group {
  readonly names: readonly string[];
  readonly roles: readonly string[];
}

/** Throws CouchError 401. */
export function requireServerAdmin(user: User): void {
  if (isServerAdmin(user)) return;
  throw new CouchError(401, 'unauthorized', 'You are not a server admin.');
}

/** Throws CouchError 401 for nobody, 403 for somebody else. */
export function requireMember(user: User, database: SqliteDatabase): void {
  if (isServerAdmin(user)) return;
  const security = database.security();
  const members = groupOf(security, 'members');
  const open = members.names.length === 0 && members.roles.length === 0;
  if (open || isIn(user, members) || isIn(user, groupOf(security, 'admins'))) return;
  throw noAccess(user);
}

/** 401 for nobody, 403 for somebody. */
export const noAccess = (user: User): CouchError =>
  user.name === null
    ? new CouchError(401, 'unauthorized', 'You are not authorized to access this db.')
    : new CouchError(403, 'forbidden', 'You are not allowed to access this db.');

/** For what is no document but work on the files. Throws CouchError 401 for everybody else. */
export function requireMaintainer(user: User, database: SqliteDatabase): void {
  if (isServerAdmin(user) || isIn(user, groupOf(database.security(), 'admins'))) return;
  throw new CouchError(401, 'unauthorized', 'You are not a server or db admin.');
}

/** Throws CouchError 401 or 403. */
export function requireDatabaseAdmin(user: User, database: SqliteDatabase): void {
  if (isServerAdmin(user) || isIn(user, groupOf(database.security(), 'admins'))) return;
  const reason = 'You are not a db or server admin.';
  throw user.name === null
    ? new CouchError(401, 'unauthorized', reason)
    : new CouchError(403, 'forbidden', reason);
}

/** A member may write documents; only an administrator design documents. */
export function requireWriter(user: User, database: SqliteDatabase, id: string): void {
  if (id.startsWith('_design/')) requireDatabaseAdmin(user, database);
}

/** Throws CouchError 400 for what is no security object. */
export function checkSecurity(security: unknown): JsonObject {
  if (!isObject(security)) throw badRequest('The security object must be a JSON object');
  for (const name of ['admins', 'members']) {
    const group = security[name];
    if (group === undefined) continue;
    if (!isObject(group)) throw badRequest(`${name} must be a JSON object`);
    for (const list of ['names', 'roles']) {
      const value = group[list] ?? [];
      if (Array.isArray(value) && value.every((one) => typeof one === 'string')) continue;
      throw badRequest(`${name}.${list} must be a JSON list of strings`);
    }
  }
  return security;
}

function groupOf(security: JsonObject, name: string): Group {
  const { names = [], roles = [] } = (security[name] ?? {}) as Partial<Group>;
  return { names, roles };
}

const isIn = (user: User, { names, roles }: Group): boolean =>
  (user.name !== null && names.includes(user.name)) ||
  user.roles.some((role) => roles.includes(role));

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
