/**
 * Finds out who asks: by basic authentication or session cookie, an administrator named at the
 * start or a user of `_users`. Where no administrator was named, everybody is one.
 */
import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { badRequest } from '../couch-error.ts';
import type { DirectoryStore } from '../store/directory-store.ts';
import { clearedCookie, isStale, isValid, parseSession, sessionCookie } from './cookie.ts';
import { requireLocalNames } from './local-requests.ts';
import { Lockout } from './lockout.ts';
import { isPassword, sameText } from './passwords.ts';
import { NOBODY, PARTY, type User } from './user.ts';
import { findUser, prepareUser } from './user-documents.ts';

const USERS = '_users';
const MAX_KNOWN = 1000;

export class Authority {
  readonly #store: DirectoryStore;
  readonly #admins: ReadonlyMap<string, string>;
  readonly #lockout = new Lockout(() => Date.now());
  /** Digests of Authorization headers that were right; deriving a key for each request is too slow. */
  readonly #known = new Map<string, User>();
  /** Headers that are being checked: many requests of one client begin together. */
  readonly #checking = new Map<string, Promise<User>>();
  #usersChanged = 0;

  constructor(store: DirectoryStore, admins: { readonly [name: string]: string } = {}) {
    this.#store = store;
    this.#admins = new Map(Object.entries(admins));
    store.onDatabaseEvent(({ database }) => {
      if (database !== USERS) return;
      this.#known.clear();
      this.#checking.clear();
      this.#usersChanged++;
    });
  }

  /** True where nobody has to say who he is. */
  get isParty(): boolean {
    return this.#admins.size === 0;
  }

  /** Throws CouchError 400, 401, 403. Answers at once where nothing must be derived. */
  authenticate(req: IncomingMessage, res: ServerResponse): User | Promise<User> {
    if (this.isParty) {
      requireLocalNames(req);
      return PARTY;
    }
    const header = req.headers.authorization;
    if (header !== undefined) return this.#byHeader(header, req.socket.remoteAddress ?? '');
    if (req.headers.cookie === undefined) return NOBODY;
    return this.#byCookie(req.headers.cookie, res);
  }

  /** Checks a name and a password. Throws CouchError 401, 403. */
  logIn(name: string, password: string, address: string): Promise<User> {
    return this.#lockout.guard(name, address, () => this.#find(name, password));
  }

  /** The Set-Cookie text of a new session. */
  cookieFor(name: string): string {
    return sessionCookie(name, this.#keyOf(name) ?? '', nowS());
  }

  clearedCookie(): string {
    return clearedCookie(nowS());
  }

  /** True where documents of this database pass `prepare` before they are stored. */
  prepares(database: string): boolean {
    return database === USERS;
  }

  /** The document as it is to be stored. Throws CouchError 403. */
  async prepare(user: User, database: string, id: string, document: unknown): Promise<unknown> {
    if (database !== USERS) return document;
    const name = id.slice(id.indexOf(':') + 1);
    const stored = findUser(this.#store.database(USERS), name);
    return prepareUser(user, id, document, stored);
  }

  #byHeader(header: string, address: string): User | Promise<User> {
    const digest = hash('sha256', header);
    const known = this.#known.get(digest);
    if (known) return known;
    const pair = pairOf(header);
    const colon = pair.indexOf(':');
    // Another scheme says nothing about who asks: what needs no login is answered all the same.
    if (colon < 0) return NOBODY;
    const id = `${digest} ${address}`;
    const running = this.#checking.get(id);
    if (running) return running;
    const checked = this.#remember(digest, pair.slice(0, colon), pair.slice(colon + 1), address);
    this.#checking.set(id, checked);
    const done = (): void => {
      if (this.#checking.get(id) === checked) this.#checking.delete(id);
    };
    checked.then(done, done);
    return checked;
  }

  async #remember(digest: string, name: string, password: string, address: string): Promise<User> {
    const began = this.#usersChanged;
    const user = await this.logIn(name, password, address);
    // Whoever was changed meanwhile is checked again next time.
    if (began !== this.#usersChanged) return user;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(digest, user);
    return user;
  }

  #byCookie(header: string, res: ServerResponse): User {
    const session = parseSession(header);
    if (!session) return NOBODY;
    const key = this.#keyOf(session.name);
    const now = nowS();
    if (key === undefined || !isValid(session, key, now)) return NOBODY;
    if (isStale(session, now)) res.setHeader('Set-Cookie', this.cookieFor(session.name));
    return { name: session.name, roles: this.#rolesOf(session.name), by: 'cookie' };
  }

  async #find(name: string, password: string): Promise<User | undefined> {
    const admin = this.#admins.get(name);
    if (admin !== undefined) {
      return sameText(admin, password) ? { name, roles: ['_admin'], by: 'default' } : undefined;
    }
    const document = findUser(this.#store.database(USERS), name);
    if (!document || !(await isPassword(document, password))) return undefined;
    return { name, roles: this.#rolesOf(name), by: 'default' };
  }

  #rolesOf(name: string): readonly string[] {
    if (this.#admins.has(name)) return ['_admin'];
    const roles = findUser(this.#store.database(USERS), name)?.roles;
    return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
  }

  /** What a user's cookies are signed with; another password makes another key. */
  #keyOf(name: string): string | undefined {
    const admin = this.#admins.get(name);
    if (admin !== undefined) return this.#store.secret + hash('sha256', admin);
    const document = findUser(this.#store.database(USERS), name);
    return document && this.#store.secret + String(document.salt);
  }
}

/** Name and password, or what there is of them. Throws CouchError 400. */
function pairOf(header: string): string {
  if (!header.startsWith('Basic ')) return '';
  const given = header.slice('Basic '.length).trim();
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(given)) {
    throw badRequest('Authorization header has invalid base64 value');
  }
  return Buffer.from(given, 'base64').toString('utf8');
}

const nowS = (): number => Math.floor(Date.now() / 1000);
