/**
 * Ends requests whose bodies do not come: one that brings no byte for too long, and, where one address
 * has many that come in drops, those of them that brought least. What a busy server has not read
 * yet is not the client's fault.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Bytes in a second below which a body comes in drops. */
const SLOW_RATE = 1024;
/** How long a body may do that before it is counted. */
const PATIENCE_MS = 10_000;
const SWEEP_MS = 5000;
const REFUSAL = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

export interface SlowBodyLimits {
  /** Milliseconds that a body may bring nothing. */
  readonly stalledBodyMs: number;
  /** Bodies that come in drops, of one address. */
  readonly maxSlowBodies: number;
}

interface Body {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Of the connection, when the body was first looked at. */
  readonly bytesBefore: number;
  readonly seenMs: number;
  bytes: number;
  movedMs: number;
}

export class SlowBodies {
  readonly #limits: SlowBodyLimits;
  readonly #patienceMs: number;
  /** Requests whose announced body has not come to its end; undefined: not looked at yet. */
  readonly #requests = new Map<IncomingMessage, { res: ServerResponse; body: Body | undefined }>();

  constructor(limits: SlowBodyLimits) {
    this.#limits = limits;
    this.#patienceMs = Math.min(PATIENCE_MS, limits.stalledBodyMs);
  }

  follow(http: Server): void {
    http.on('request', (req, res) => {
      const { 'content-length': length, 'transfer-encoding': coding } = req.headers;
      if (coding === undefined && (length === undefined || length === '0')) return;
      this.#requests.set(req, { res, body: undefined });
      res.once('close', () => {
        // What was answered without its body keeps its connection until that has come.
        if (isOver(req)) this.#requests.delete(req);
      });
    });
    const sweep = setInterval(() => this.sweep(), Math.min(SWEEP_MS, this.#limits.stalledBodyMs));
    sweep.unref();
    http.once('close', () => clearInterval(sweep));
  }

  /** Connections whose request brings its body in drops, slowest first: others may need their place. */
  slowSockets(): Socket[] {
    const now = performance.now();
    return slowestFirst([...this.#bodies()].filter((body) => isSlow(body, now))).map(
      ({ req }) => req.socket,
    );
  }

  sweep(): void {
    const now = performance.now();
    const slow: Body[] = [];
    for (const [req, entry] of this.#requests) {
      if (isOver(req)) {
        this.#requests.delete(req);
        continue;
      }
      const body = (entry.body ??= firstSight(req, entry.res, now));
      const bytes = req.socket.bytesRead;
      if (bytes !== body.bytes || waitsForServer(req)) body.movedMs = now;
      body.bytes = bytes;
      if (now - body.movedMs >= this.#limits.stalledBodyMs) this.#end(body);
      else if (now - body.seenMs >= this.#patienceMs && isSlow(body, now)) slow.push(body);
    }
    for (const bodies of Map.groupBy(slow, ({ req }) => req.socket.remoteAddress).values()) {
      const tooMany = bodies.length - this.#limits.maxSlowBodies;
      if (tooMany > 0) for (const body of slowestFirst(bodies).slice(0, tooMany)) this.#end(body);
    }
  }

  *#bodies(): Iterable<Body> {
    for (const { body } of this.#requests.values()) if (body) yield body;
  }

  #end({ req, res }: Body): void {
    this.#requests.delete(req);
    const { socket } = req;
    if (res.headersSent || !socket.writable) socket.destroy();
    else socket.end(REFUSAL, () => socket.destroy());
  }
}

function firstSight(req: IncomingMessage, res: ServerResponse, now: number): Body {
  const bytes = req.socket.bytesRead;
  return { req, res, bytesBefore: bytes, seenMs: now, bytes, movedMs: now };
}

const isOver = (req: IncomingMessage): boolean => req.complete || req.socket.destroyed;

/** True where bytes have come that nobody has taken: the next ones cannot come. */
const waitsForServer = (req: IncomingMessage): boolean => req.readableLength > 0;

function isSlow(body: Body, now: number): boolean {
  const seconds = (now - body.seenMs) / 1000;
  return !waitsForServer(body.req) && body.bytes - body.bytesBefore < SLOW_RATE * seconds;
}

function slowestFirst(bodies: Body[]): Body[] {
  return bodies.sort((a, b) => a.bytes - a.bytesBefore - (b.bytes - b.bytesBefore));
}
