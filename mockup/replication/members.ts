// Users as which actors run: members of the workflow's databases, who read and write documents and
// may do nothing else on the server.

import { workflowDatabases } from '../core/databases.ts';
import { InvalidInputError } from '../core/errors.ts';
import { DatabaseRefusedError } from '../platform/couch/database.ts';
import { type AskedServer, couchRequest } from './couch-request.ts';

export interface MadeMember {
  user: 'created' | 'exists' | 'password changed';
  /** Where the user was no member before. */
  databases: string[];
}

/** What can stand before the colon of a login, and in a document's id. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$/;

type Fields = Record<string, unknown>;

/**
 * Takes a server administrator. `password` may be undefined for a user that is there. Throws
 * InvalidInputError, or as `couchRequest` does.
 */
export async function makeMember(
  server: AskedServer,
  user: string,
  password: string | undefined,
): Promise<MadeMember> {
  if (!NAME.test(user)) {
    throw new InvalidInputError(`${JSON.stringify(user)} is no name for a user`, {
      hint: 'letters, digits and . _ @ - as in draws-eu',
    });
  }
  const made = await makeUser(server, user, password);
  const databases: string[] = [];
  for (const { name } of workflowDatabases) {
    if (await admit(server, name, user)) databases.push(name);
  }
  return { user: made, databases };
}

/** Whether there is such a user already. */
export async function hasUser(server: AskedServer, user: string): Promise<boolean> {
  return (await userDocument(server, user)) !== undefined;
}

const pathOf = (user: string): string =>
  `/_users/${encodeURIComponent(`org.couchdb.user:${user}`)}`;

async function userDocument(server: AskedServer, user: string): Promise<Fields | undefined> {
  try {
    return (await couchRequest(server, pathOf(user))).body as Fields;
  } catch (error) {
    if (error instanceof DatabaseRefusedError && error.status === 404) return undefined;
    throw error;
  }
}

async function makeUser(
  server: AskedServer,
  user: string,
  password: string | undefined,
): Promise<MadeMember['user']> {
  const current = await userDocument(server, user);
  if (password === undefined) {
    if (current) return 'exists';
    throw new InvalidInputError(`user ${user} is new and needs a password`);
  }
  const { _rev, roles = [] } = current ?? {};
  const fields = { name: user, password, roles, type: 'user', ...(_rev ? { _rev } : {}) };
  await couchRequest(server, pathOf(user), { method: 'PUT', body: fields });
  return current ? 'password changed' : 'created';
}

/** False where the user was a member already. */
async function admit(server: AskedServer, database: string, user: string): Promise<boolean> {
  const path = `/${encodeURIComponent(database)}/_security`;
  const security = ((await couchRequest(server, path)).body ?? {}) as Fields;
  const members = (security.members ?? {}) as { names?: string[]; roles?: string[] };
  const names = members.names ?? [];
  if (names.includes(user)) return false;
  const body = { ...security, members: { ...members, names: [...names, user] } };
  await couchRequest(server, path, { method: 'PUT', body });
  return true;
}
