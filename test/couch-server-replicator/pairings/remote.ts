// One database of a server, whichever server that is, over plain HTTP.

import { createHash } from 'node:crypto';

export interface Leaf {
  document: object;
  attachments: Record<string, object>;
}

type Json = Record<string, unknown>;

export type Held = Record<string, { winner: unknown; leaves: Record<string, Leaf> }>;

export class Remote {
  readonly database: string;
  /** Of the server, without credentials. */
  readonly origin: string;
  readonly auth: { username: string; password: string } | undefined;

  /** `server` may carry user and password. */
  constructor(server: string, database: string) {
    const { origin, username, password } = new URL(server);
    this.origin = origin;
    this.database = database;
    this.auth = username ? { username, password: decodeURIComponent(password) } : undefined;
  }

  /** As a replication names it. */
  get endpoint(): object {
    const url = `${this.origin}/${this.database}`;
    return this.auth ? { url, auth: { basic: this.auth } } : { url };
  }

  /** With user and password in it, for PouchDB. */
  get url(): string {
    const { username, password } = this.auth ?? {};
    const login = username ? `${username}:${encodeURIComponent(password ?? '')}@` : '';
    return `${this.origin.replace('://', `://${login}`)}/${this.database}`;
  }

  async send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('accept', headers.get('accept') ?? 'application/json');
    if (this.auth) {
      const pair = Buffer.from(`${this.auth.username}:${this.auth.password}`);
      headers.set('authorization', `Basic ${pair.toString('base64')}`);
    }
    return fetch(`${this.origin}${path}`, { ...init, method, headers });
  }

  /** Throws for a refusal. */
  async json(method: string, path: string, body?: unknown): Promise<Json> {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers };
    const response = await this.send(method, path, init);
    const answer = (await response.json()) as Json;
    if (response.ok) return answer;
    throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  }

  async create(): Promise<void> {
    await this.json('PUT', `/${this.database}`);
  }

  async remove(): Promise<void> {
    await this.send('DELETE', `/${this.database}`);
  }

  /** Revisions as they are, each with its `_revisions`. */
  async write(documents: readonly object[]): Promise<void> {
    const body = { new_edits: false, docs: documents };
    const failures = await this.json('POST', `/${this.database}/_bulk_docs`, body);
    if ((failures as unknown as unknown[]).length > 0) throw new Error(JSON.stringify(failures));
  }

  async update(id: string, edit: (document: Json) => Json): Promise<void> {
    const path = `/${this.database}/${encodeURIComponent(id)}`;
    await this.json('PUT', path, edit(await this.json('GET', path)));
  }

  async attach(id: string, name: string, type: string, data: Buffer): Promise<void> {
    const path = `/${this.database}/${encodeURIComponent(id)}`;
    const head = await this.send('HEAD', path);
    const rev = head.headers.get('etag')?.replaceAll('"', '');
    const query = rev ? `?rev=${rev}` : '';
    const init = { body: new Uint8Array(data), headers: { 'content-type': type } };
    const response = await this.send('PUT', `${path}/${encodeURIComponent(name)}${query}`, init);
    if (!response.ok) throw new Error(`${path}/${name}: ${response.status}`);
    await response.arrayBuffer();
  }

  /** Every document with the winner and all leaves, deleted ones too, and what is attached. */
  async everything({ revpos = true } = {}): Promise<Held> {
    const path = `/${this.database}/_changes?style=all_docs`;
    const { results } = (await this.json('GET', path)) as {
      results: { id: string; changes: { rev: string }[] }[];
    };
    const held: Held = {};
    for (const { id, changes } of results.sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const leaves: Record<string, Leaf> = {};
      for (const { rev } of [...changes].sort((a, b) => (a.rev < b.rev ? -1 : 1))) {
        leaves[rev] = await this.#leaf(id, rev, revpos);
      }
      held[id] = { winner: changes[0]?.rev, leaves };
    }
    return held;
  }

  async #leaf(id: string, rev: string, withRevpos: boolean): Promise<Leaf> {
    const path = `/${this.database}/${encodeURIComponent(id)}`;
    const whole = await this.json('GET', `${path}?rev=${rev}&revs=true`);
    const { _attachments: stubs = {}, ...document } = whole;
    const attachments: Leaf['attachments'] = {};
    for (const name of Object.keys(stubs as Json).sort()) {
      const { content_type, length, revpos } = (stubs as Record<string, Json>)[name]!;
      const response = await this.send('GET', `${path}/${encodeURIComponent(name)}?rev=${rev}`, {
        headers: { accept: '*/*' },
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      const md5 = createHash('md5').update(bytes).digest('hex');
      const kept = { content_type, length, read: bytes.length, md5 };
      attachments[name] = withRevpos ? { ...kept, revpos } : kept;
    }
    return { document, attachments };
  }
}
