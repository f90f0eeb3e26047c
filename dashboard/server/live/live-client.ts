// One page at the other end of a websocket. It gets the next frame when it has taken the last one:
// what it reads too slowly is left out, and it goes on from a newer state.

import type { WebSocket } from 'ws';

export interface Frames {
  /** The newest change. */
  seq(): number;
  /** The changes after `seq`, or undefined where they are not all kept. */
  changesAfter(seq: number): Buffer | undefined;
  /** A snapshot and its sequence number. */
  snapshot(): { seq: number; text: Buffer };
}

/** Bytes that may wait for a client before it gets no more. */
const WAITING_BYTES_MAX = 256 * 1024;
const SILENT_BEATS_MAX = 3;

export class LiveClient {
  readonly #socket: WebSocket;
  readonly #frames: Frames;
  /** The client has all changes up to this one. */
  #seq: number;
  /** True while changes are held back for it. */
  #isBehind = false;
  /** Beats since the client was last heard of. */
  #silent = 0;

  /** `seq`: what the client has; undefined: nothing. `greeting`: the first message to one that has. */
  constructor(socket: WebSocket, frames: Frames, seq: number | undefined, greeting: Buffer) {
    this.#socket = socket;
    this.#frames = frames;
    this.#seq = -1;
    socket.on('pong', () => {
      this.#silent = 0;
    });
    if (seq !== undefined && frames.changesAfter(seq)) {
      this.#seq = seq;
      this.#send(greeting);
    }
    this.flush();
  }

  /** Sends what is new, unless the client still has to take what was sent. */
  flush(): void {
    this.#isBehind = this.#socket.bufferedAmount > WAITING_BYTES_MAX;
    if (this.#isBehind) return;
    if (this.#seq === this.#frames.seq()) return;
    const changes = this.#seq < 0 ? undefined : this.#frames.changesAfter(this.#seq);
    if (changes) {
      this.#seq = this.#frames.seq();
      this.#send(changes);
      return;
    }
    const { seq, text } = this.#frames.snapshot();
    this.#seq = seq;
    this.#send(text);
    // A snapshot that others got before may be a little old.
    const newer = seq === this.#frames.seq() ? undefined : this.#frames.changesAfter(seq);
    if (!newer) return;
    this.#seq = this.#frames.seq();
    this.#send(newer);
  }

  beat(text: Buffer): void {
    this.#silent += 1;
    if (this.#silent > SILENT_BEATS_MAX) {
      this.#socket.terminate();
      return;
    }
    if (this.#socket.bufferedAmount === 0) this.#send(text);
    this.#socket.ping();
  }

  close(): void {
    this.#socket.close(1001, 'the dashboard stops');
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #send(text: Buffer): void {
    // An error means that the client is gone, which its socket tells as well.
    this.#socket.send(text, { binary: false }, (error) => {
      if (!error && this.#isBehind) this.flush();
    });
  }
}
