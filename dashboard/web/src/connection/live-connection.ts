// The websocket to the server: it says what the page has, takes what is new, and is opened again
// for as long as the page lives, soon at first and then at longer intervals.

import { type ReadonlySignal, signal } from '@preact/signals';
import type { ServerMessage, Snapshot } from '../../../protocol/live-messages.ts';
import type { Observatory } from '../model/observatory.ts';
import { setServerTime } from '../model/server-clock.ts';

interface ConnectionStatus {
  /** `connecting` is only the first time; `lost`: what is shown is as old as `since_ms`. */
  state: 'connecting' | 'live' | 'lost';
  /** By the viewer's clock. */
  since_ms: number;
}

export interface LiveConnection {
  status: ReadonlySignal<ConnectionStatus>;
  /** What comes while it is paused is shown when it goes on. */
  paused: ReadonlySignal<boolean>;
  pause(isPaused: boolean): void;
  stop(): void;
}

const SILENCE_MS_MAX = 40_000;
const RETRY_MS_MIN = 300;
const RETRY_MS_MAX = 5_000;

export function openLiveConnection(observatory: Observatory): LiveConnection {
  const connection = new Connection(observatory);
  connection.open();
  return connection;
}

class Connection implements LiveConnection {
  readonly status = signal<ConnectionStatus>({ state: 'connecting', since_ms: Date.now() });
  readonly paused = signal(false);
  readonly #observatory: Observatory;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #stopped = false;
  #epoch = '';
  #seq = 0;

  constructor(observatory: Observatory) {
    this.#observatory = observatory;
    addEventListener('online', () => this.#reconnectNow());
    document.addEventListener('visibilitychange', () => this.#reconnectNow());
  }

  open(): void {
    if (this.#stopped) return;
    const socket = new WebSocket(this.#address());
    this.#socket = socket;
    this.#expectWithin(SILENCE_MS_MAX);
    socket.onmessage = ({ data }) => {
      if (this.#socket === socket) this.#take(socket, String(data));
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#lost();
    };
  }

  pause(isPaused: boolean): void {
    if (this.paused.peek() === isPaused) return;
    this.paused.value = isPaused;
    const socket = this.#socket;
    if (isPaused || !socket) return;
    // The server tells what has changed since, or all of it.
    this.#socket = undefined;
    socket.close();
    this.open();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #address(): string {
    const url = new URL('api/live', document.baseURI);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.hash = '';
    if (this.#epoch) {
      url.searchParams.set('epoch', this.#epoch);
      url.searchParams.set('since', String(this.#seq));
    }
    return url.href;
  }

  #take(socket: WebSocket, text: string): void {
    const message = readMessage(text);
    if (!message) return;
    if (this.paused.peek() && this.#epoch) {
      this.#expectWithin(SILENCE_MS_MAX);
      return;
    }
    setServerTime(message.serverTime_ms);
    if (message.type === 'snapshot') this.#takeSnapshot(message);
    else if (message.type === 'resumed') this.#observatory.config.value = message.config;
    else if (message.type === 'changes') this.#observatory.applyChanges(message.changes);
    this.#seq = message.seq;
    this.#failures = 0;
    if (this.status.value.state !== 'live') {
      this.status.value = { state: 'live', since_ms: Date.now() };
    }
    if (this.#socket === socket) this.#expectWithin(SILENCE_MS_MAX);
  }

  #takeSnapshot(snapshot: Snapshot): void {
    this.#epoch = snapshot.epoch;
    this.#observatory.takeSnapshot(snapshot);
  }

  #lost(): void {
    this.#socket = undefined;
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    if (this.status.value.state !== 'lost') {
      this.status.value = { state: 'lost', since_ms: Date.now() };
    }
    const longest = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.open(), longest * (0.5 + Math.random() / 2));
  }

  #expectWithin(limit_ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const silent = this.#socket;
      this.#lost();
      silent?.close();
    }, limit_ms);
  }

  /** A tab that comes back, or a network that does, need not wait for the next attempt. */
  #reconnectNow(): void {
    if (this.#stopped || this.#socket || document.visibilityState === 'hidden') return;
    clearTimeout(this.#timer);
    this.open();
  }
}

/** Undefined for what is no message: the next one may be. */
function readMessage(text: string): ServerMessage | undefined {
  try {
    const message = JSON.parse(text) as ServerMessage;
    return typeof message?.type === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
