/** Documents of `_users`: what they must hold, and the password that never stays in one. */
import { CouchError } from '../couch-error.ts';
import type { JsonObject } from '../json-object.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { hashPassword } from './passwords.ts';
import { isServerAdmin, type User } from './user.ts';

export const USER_PREFIX = 'org.couchdb.user:';

/** The user's document; undefined where there is none. */
export function findUser(users: SqliteDatabase | undefined, name: string): JsonObject | undefined {
  const row = users?.reader.row(USER_PREFIX + name);
  return row && !row.deleted ? (JSON.parse(row.body) as JsonObject) : undefined;
}

/** The document to store. Throws CouchError 403 for one that is no user's. */
export async function prepareUser(
  user: User,
  id: string,
  given: unknown,
  stored: JsonObject | undefined,
): Promise<unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  const document = given as JsonObject;
  if (id.startsWith('_design/') || document._deleted === true) return document;
  check(id, document);
  if (!isServerAdmin(user)) {
    const roles = JSON.stringify(stored?.roles ?? []);
    if (JSON.stringify(document.roles) !== roles) throw forbidden('Only _admin may set roles');
  }
  const { password, ...rest } = document;
  if (password === undefined || password === null) return rest;
  if (typeof password !== 'string') throw forbidden('The password must be a string.');
  return { ...rest, ...(await hashPassword(password)) };
}

function check(id: string, document: JsonObject): void {
  if (document.type !== 'user') throw forbidden('doc.type must be user');
  if (typeof document.name !== 'string') throw forbidden('doc.name is required');
  if (!Array.isArray(document.roles) || document.roles.some((role) => typeof role !== 'string')) {
    throw forbidden('doc.roles must be an array of strings');
  }
  if (id !== USER_PREFIX + document.name) {
    throw forbidden(`Doc ID must be of the form ${USER_PREFIX}name`);
  }
  if (document.roles.some((role: string) => role.startsWith('_'))) {
    throw forbidden('No system roles (starting with underscore) in users db.');
  }
}

const forbidden = (reason: string): CouchError => new CouchError(403, 'forbidden', reason);
