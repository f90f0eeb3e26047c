/**
 * One request and its answer. Routes read the path, the query and the body through it and answer
 * with JSON, text or a stream; all limits on what a client sends are held here.
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { NOBODY, type User } from '../auth/user.ts';
import { CouchError, databaseMissing } from '../couch-error.ts';
import type { Limits } from '../limits.ts';
import { accepts } from './wire/accept.ts';
import type { BodyBudget, BodyShare } from './wire/body-budget.ts';
import { decoded } from './wire/content-coding.ts';
import { readJsonText } from './wire/json-text.ts';
import { decodeSegment } from './wire/path.ts';
import { readRequestBody } from './wire/request-body.ts';

const JSON_TYPE = 'application/json';
/** How long the rest of a refused request is read. */
const DISCARD_MS = 5000;
const EMPTY_QUERY = new URLSearchParams();

export class Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  /** Decoded segments of the path; a trailing slash adds none. */
  segments: readonly string[] = [];
  query: URLSearchParams = EMPTY_QUERY;
  readonly limits: Limits;
  user: User = NOBODY;

  readonly #bodies: BodyBudget;

  constructor(req: IncomingMessage, res: ServerResponse, limits: Limits, bodies: BodyBudget) {
    this.#bodies = bodies;
    this.req = req;
    this.res = res;
    this.method = methodOf(req);
    this.limits = limits;
  }

  /** Throws CouchError 400 for a path that cannot be decoded. */
  parseUrl(): void {
    const url = this.req.url ?? '/';
    const mark = url.indexOf('?');
    if (mark >= 0) this.query = new URLSearchParams(url.slice(mark + 1));
    this.segments = segmentsOf(mark < 0 ? url : url.slice(0, mark));
  }

  /** True for HEAD: routes answer it as GET, without the body. */
  get isRead(): boolean {
    return this.method === 'GET' || this.method === 'HEAD';
  }

  header(name: string): string | undefined {
    const value = this.req.headers[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** Whether the client takes an answer of this type. */
  accepts(type: string): boolean {
    return accepts(this.req.headers.accept, type);
  }

  /** Absolute URL of a path on this server, as the client addressed it. */
  location(path: string): string {
    return `http://${this.req.headers.host ?? 'localhost'}${path}`;
  }

  /** What this request takes of the memory for bodies, until its answer is out. */
  bodyShare(): BodyShare {
    const share = this.#bodies.share();
    if (this.res.destroyed) share.release();
    else this.res.once('close', share.release);
    return share;
  }

  /** The whole body, unpacked. Throws CouchError 400, 413, 415, 503. */
  async readBody(limit = this.limits.maxRequestSize): Promise<Buffer> {
    const coding = this.req.headers['content-encoding'];
    const share = this.bodyShare();
    const body = readRequestBody(this.req, limit, share);
    return coding === undefined ? body : decoded(await body, coding, limit, share);
  }

  /** The body as JSON. Throws CouchError 400, 413, 503. */
  async readJson(): Promise<unknown> {
    return readJsonText(await this.readBody(), this.limits.maxRequestValues);
  }

  /** The body of a POST, which must say that it is JSON; undefined for none. */
  async readJsonPost(): Promise<unknown> {
    this.needJsonType();
    const body = await this.readBody();
    return body.length === 0 ? undefined : readJsonText(body, this.limits.maxRequestValues);
  }

  /** The body of a POST that can't be without one. Throws CouchError 400, 413, 415. */
  async readJsonBody(): Promise<unknown> {
    this.needJsonType();
    return this.readJson();
  }

  /** Throws CouchError 415. */
  needJsonType(): void {
    const type = this.req.headers['content-type'];
    if (type === JSON_TYPE || type?.startsWith('application/json;')) return;
    throw new CouchError(415, 'bad_content_type', 'Content-Type must be application/json');
  }

  json(status: number, value: unknown, headers?: OutgoingHttpHeaders): void {
    this.jsonText(status, JSON.stringify(value), headers);
  }

  /** Answers with JSON that is text already. */
  jsonText(status: number, text: string, headers?: OutgoingHttpHeaders): void {
    const body = `${text}\n`;
    const length = Buffer.byteLength(body);
    const all = { 'Content-Type': JSON_TYPE, 'Content-Length': length, ...headers };
    this.res.writeHead(status, all);
    this.res.end(this.method === 'HEAD' ? undefined : body);
  }

  notModified(etag: string): void {
    this.res.writeHead(304, { ETag: etag });
    this.res.end();
  }

  /** Sends the client to another path of this server. */
  redirect(path: string): void {
    this.res.writeHead(301, { Location: this.location(path), 'Content-Length': 0 });
    this.res.end();
  }

  /** True where the client has this version already (and is answered so). */
  answeredByEtag(etag: string): boolean {
    const known = this.req.headers['if-none-match'];
    if (known === undefined) return false;
    const same = known.split(/\s*,\s*/).includes(etag);
    if (same) this.notModified(etag);
    return same;
  }

  /** Answers with what went wrong, once the client has sent what it is sending. */
  error(error: unknown): void {
    if (this.res.headersSent) this.res.destroy();
    else if (this.req.complete || this.req.destroyed) this.#sendError(error);
    else this.#discardBody(() => this.#sendError(error));
  }

  #sendError(error: unknown): void {
    const {
      status,
      error: word,
      reason,
    } = error instanceof CouchError ? error : unexpected(error);
    // A body that was not read to its end would be taken for the next request.
    const unread = this.req.complete ? {} : { Connection: 'close' };
    const later = status === 503 ? { 'Retry-After': '2' } : {};
    this.json(status, { error: word, reason }, { ...unread, ...later });
  }

  /** Closing a connection that is being written to would lose the answer on its way. */
  #discardBody(then: () => void): void {
    const done = (): void => {
      clearTimeout(limit);
      this.req.off('end', done);
      if (!this.res.headersSent && !this.res.destroyed) then();
    };
    const limit = setTimeout(done, DISCARD_MS);
    this.req.on('end', done);
    this.req.on('close', () => clearTimeout(limit));
    this.req.resume();
  }
}

/** What went wrong inside is told by its message alone: the log has the rest. */
export function unexpected(error: unknown): CouchError {
  const reason = error instanceof Error ? error.message : String(error);
  if (/database is (not open|closed)/.test(reason)) return databaseMissing();
  if (/database or disk is full/.test(reason)) {
    return new CouchError(507, 'insufficient_storage', reason, error);
  }
  return new CouchError(500, 'internal_server_error', reason, error);
}

/** Slashes that follow each other are one: clients put paths together carelessly. */
function segmentsOf(path: string): string[] {
  const segments: string[] = [];
  for (const part of path.split('/')) if (part !== '') segments.push(decodeSegment(part));
  return segments;
}

/** What a client that can only POST wants to do. */
const OVERRIDES = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'COPY']);

function methodOf(req: IncomingMessage): string {
  const { method = 'GET', headers } = req;
  if (method !== 'POST') return method;
  const wanted = String(headers['x-http-method-override'] ?? '').toUpperCase();
  return OVERRIDES.has(wanted) ? wanted : method;
}
