import http from 'node:http';
import https from 'node:https';
import { ReplicationError } from '../replication-error.ts';

// Requests of the replicator to one remote database, over kept connections. Every request it
// makes can be repeated harmlessly, so one that met a connection just closed is sent once more.

export const userAgent = 'draws-replicator/1';

export type RequestOptions = {
  body?: string;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** Silence on the connection that ends the request; 0: none. Default 30 s. */
  silence_ms?: number;
};

export type JsonAnswer = { status: number; body: unknown; bytes: number };

/** A longer answer is given up rather than held in memory. */
export const answerBytesMax = 128 * 1024 * 1024;
const silenceDefault_ms = 30_000;
const connect_ms = 10_000;
const agentOptions = { keepAlive: true, scheduling: 'lifo', maxFreeSockets: 64 } as const;
const agents = {
  'http:': new http.Agent(agentOptions),
  'https:': new https.Agent(agentOptions),
};

export class HttpClient {
  /** The database's URL, without credentials. */
  readonly base: string;
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;

  /** `base`: the database's URL with a final slash; `headers` go with every request. */
  constructor(base: string, headers: Readonly<Record<string, string>>) {
    this.base = base;
    this.#base = new URL(base);
    this.#headers = headers;
  }

  /** Sends and reads a JSON answer of any status; throws `unreachable` where none came. */
  async json(method: string, path: string, options: RequestOptions = {}): Promise<JsonAnswer> {
    const response = await this.open(method, path, options);
    const text = await this.#read(response);
    return {
      status: response.statusCode ?? 0,
      body: this.#parse(text, response.statusCode ?? 0),
      bytes: Buffer.byteLength(text),
    };
  }

  /** Sends and gives the answer as soon as its head is there; the caller reads its body. */
  async open(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<http.IncomingMessage> {
    try {
      return await this.#send(method, path, options);
    } catch (cause) {
      if (!(cause instanceof StaleConnection)) throw this.unreachable(cause);
    }
    return this.#send(method, path, options).catch((cause) => {
      throw this.unreachable(cause instanceof StaleConnection ? cause.cause : cause);
    });
  }

  /** An open request whose body the caller writes; `answer` settles with the answer's head. */
  upload(method: string, path: string, options: RequestOptions = {}) {
    const request = this.#request(method, path, options);
    const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', (cause) => reject(this.unreachable(cause)));
    });
    return { request, answer };
  }

  /** The JSON of an answer from `upload`. */
  async answerOf(response: http.IncomingMessage): Promise<JsonAnswer> {
    const text = await this.#read(response);
    const status = response.statusCode ?? 0;
    return { status, body: this.#parse(text, status), bytes: text.length };
  }

  #request(method: string, path: string, options: RequestOptions): http.ClientRequest {
    const { protocol, hostname, port, pathname } = this.#base;
    const module = protocol === 'https:' ? https : http;
    const { body } = options;
    const request = module.request({
      agent: agents[protocol as keyof typeof agents],
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      method,
      path: pathname + path,
      headers: {
        'user-agent': userAgent,
        accept: 'application/json',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...this.#headers,
        ...options.headers,
      },
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const silence_ms = options.silence_ms ?? silenceDefault_ms;
    request.setTimeout(silence_ms, () => {
      request.destroy(new Error(`no answer within ${silence_ms / 1000} s`));
    });
    limitConnecting(request);
    return request;
  }

  #send(method: string, path: string, options: RequestOptions): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = this.#request(method, path, options);
      request.once('response', resolve);
      request.on('error', (cause) => {
        const stale = request.reusedSocket && isConnectionLoss(cause);
        reject(stale ? new StaleConnection(cause) : cause);
      });
      request.end(options.body);
    });
  }

  async #read(response: http.IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > answerBytesMax) break;
        chunks.push(chunk);
      }
    } catch (cause) {
      throw this.unreachable(cause);
    }
    if (length <= answerBytesMax) return Buffer.concat(chunks, length).toString('utf8');
    response.destroy();
    throw new ReplicationError('answer_too_large', `${this.base} sent too much at once`);
  }

  #parse(text: string, status: number): unknown {
    if (text === '') return undefined;
    try {
      return JSON.parse(text);
    } catch (cause) {
      const reason = `${this.base} answered ${status} with something that is not JSON`;
      throw new ReplicationError('bad_answer', reason, { status, cause });
    }
  }

  /** The error for a request that had no (whole) answer. */
  unreachable(cause: unknown): ReplicationError {
    if (cause instanceof ReplicationError) return cause;
    const why = cause instanceof Error ? connectionProblem(cause) : String(cause);
    return new ReplicationError('unreachable', `${this.base}: ${why}`, { cause });
  }
}

/** The silence of a request counts from the connection on; this is the limit before that. */
function limitConnecting(request: http.ClientRequest): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const fail = () => request.destroy(new Error(`no connection within ${connect_ms / 1000} s`));
    const timer = setTimeout(fail, connect_ms);
    socket.once('connect', () => clearTimeout(timer));
    request.once('close', () => clearTimeout(timer));
  });
}

class StaleConnection extends Error {
  constructor(cause: unknown) {
    super('the kept connection had been closed', { cause });
  }
}

function isConnectionLoss(cause: Error): boolean {
  const { code } = cause as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function connectionProblem(cause: Error): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'host name not found';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'connection lost';
  if (cause.name === 'AbortError') return 'stopped';
  return cause.message || code || cause.name;
}
