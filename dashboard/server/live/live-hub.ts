// All pages that look: each change goes to all of them, a lone one at once, many together at most
// ten times a second.

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../../mockup/platform/clock/clock.ts';
import type { ServerMessage, Snapshot } from '../../protocol/live-messages.ts';
import type { Config } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';
import { type Frames, LiveClient } from './live-client.ts';
import { type AllowedHosts, isAllowedHost, isSameOrigin } from './origin.ts';

export interface LiveHubOptions {
  model: LiveModel;
  clock: Clock;
  config: Config;
  /** Another one for each start. */
  epoch: string;
  hosts: AllowedHosts;
  /** Told when a client has come or gone. */
  onClients(count: number): void;
}

const LIVE_PATH = '/api/live';

const INTERVAL_MS = 100;
const BEAT_MS = 15_000;
const CLIENTS_MAX = 200;
/** Clients send nothing; a few words are no reason to throw them out. */
const CLIENT_MESSAGE_BYTES_MAX = 1024;
const CLIENT_MESSAGES_MAX = 100;
/** A snapshot of this age, with the changes since, is as good as a new one. */
const SNAPSHOT_AGE_MAX_MS = 1_000;
const CLOSE_LIMIT_MS = 500;

export class LiveHub implements Frames {
  readonly #options: LiveHubOptions;
  readonly #clients = new Set<LiveClient>();
  readonly #sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: CLIENT_MESSAGE_BYTES_MAX,
  });
  readonly #ignoreModel: () => void;
  /** Frames of the newest state, by what the client had before. */
  readonly #frames = new Map<number, Buffer | undefined>();
  #framesSeq = -1;
  #snapshot: { seq: number; text: Buffer; made_ms: number } | undefined;
  #flushed_ms = Number.NEGATIVE_INFINITY;
  #cancelFlush: (() => void) | undefined;
  #cancelBeat: () => void = () => {};
  #isStopped = false;

  constructor(options: LiveHubOptions) {
    this.#options = options;
    this.#ignoreModel = options.model.onChange(() => this.#flushSoon());
    this.#beatLater();
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Takes the websockets of `server`; any other upgrade is refused. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      const refusal = this.#refusal(request);
      if (refusal) return refuse(socket, refusal);
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#add(client, request));
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#ignoreModel();
    this.#cancelFlush?.();
    this.#cancelBeat();
    const { clock } = this.#options;
    if (this.#clients.size > 0) {
      for (const client of this.#clients) client.close();
      const limit = new AbortController();
      const closed = new Promise<void>((resolve) => this.#sockets.close(() => resolve()));
      const late = clock.sleep(CLOSE_LIMIT_MS, limit.signal).catch(() => {});
      await Promise.race([closed, late]);
      limit.abort();
    }
    for (const client of this.#clients) client.terminate();
  }

  seq(): number {
    return this.#options.model.seq;
  }

  changesAfter(seq: number): Buffer | undefined {
    const { model, clock } = this.#options;
    if (this.#framesSeq !== model.seq) {
      this.#frames.clear();
      this.#framesSeq = model.seq;
    }
    if (this.#frames.has(seq)) return this.#frames.get(seq);
    const changes = model.after(seq);
    const serverTime_ms = clock.now();
    const frame = changes && textOf({ type: 'changes', seq: model.seq, serverTime_ms, changes });
    this.#frames.set(seq, frame);
    return frame;
  }

  /** Text of the websocket message; all that come together share it, also by HTTP. */
  snapshot(): { seq: number; text: Buffer } {
    const { model, clock } = this.#options;
    const now = clock.monotonic();
    const made = this.#snapshot;
    const isGood = made && now - made.made_ms < SNAPSHOT_AGE_MAX_MS && this.changesAfter(made.seq);
    if (made && isGood) return made;
    const text = textOf({ type: 'snapshot', ...this.#snapshotOf() });
    this.#snapshot = { seq: model.seq, text, made_ms: now };
    return this.#snapshot;
  }

  #snapshotOf(): Snapshot {
    const { model, clock, config, epoch } = this.#options;
    const serverTime_ms = clock.now();
    return { epoch, seq: model.seq, serverTime_ms, config, all: model.snapshot() };
  }

  #refusal(request: IncomingMessage): string | undefined {
    const path = request.url?.split('?')[0];
    if (path !== LIVE_PATH) return '404 Not Found';
    if (!isAllowedHost(request, this.#options.hosts)) return '403 Forbidden';
    if (!isSameOrigin(request, this.#options.hosts)) return '403 Forbidden';
    if (this.#isStopped || this.#clients.size >= CLIENTS_MAX) return '503 Service Unavailable';
    return undefined;
  }

  #add(socket: WebSocket, request: IncomingMessage): void {
    const { epoch, config, model, clock } = this.#options;
    socket.on('error', () => socket.terminate());
    let messages = 0;
    socket.on('message', () => {
      messages += 1;
      if (messages > CLIENT_MESSAGES_MAX) socket.close(1008, 'this server only tells');
    });
    const query = URL.parse(request.url ?? '', 'http://localhost')?.searchParams;
    const since = query?.get('epoch') === epoch ? Number(query.get('since') ?? Number.NaN) : -1;
    const has = Number.isInteger(since) && since >= 0 && since <= model.seq ? since : undefined;
    const serverTime_ms = clock.now();
    const greeting = { type: 'resumed', epoch, seq: has ?? 0, serverTime_ms, config } as const;
    const client = new LiveClient(socket, this, has, textOf(greeting));
    this.#clients.add(client);
    socket.on('close', () => {
      this.#clients.delete(client);
      this.#options.onClients(this.#clients.size);
    });
    this.#options.onClients(this.#clients.size);
  }

  #flushSoon(): void {
    if (this.#cancelFlush || this.#clients.size === 0) return;
    const { clock } = this.#options;
    const wait_ms = this.#flushed_ms + INTERVAL_MS - clock.monotonic();
    if (wait_ms > 0) {
      this.#cancelFlush = clock.timer(wait_ms, () => this.#flush());
      return;
    }
    // What changes together goes together.
    this.#cancelFlush = () => {};
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    this.#flushed_ms = this.#options.clock.monotonic();
    for (const client of this.#clients) client.flush();
  }

  #beatLater(): void {
    const { clock, model } = this.#options;
    this.#cancelBeat = clock.timer(BEAT_MS, () => {
      const beat = textOf({ type: 'beat', seq: model.seq, serverTime_ms: clock.now() });
      for (const client of this.#clients) client.beat(beat);
      this.#beatLater();
    });
  }
}

function textOf(message: ServerMessage): Buffer {
  return Buffer.from(JSON.stringify(message));
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
