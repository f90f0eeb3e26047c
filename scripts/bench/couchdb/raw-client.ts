// One keep-alive connection that sends requests as prepared bytes: a client that costs next to
// nothing, so that what is measured on a small machine is the server.

import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

export class RawClient {
  readonly #socket: Socket;
  readonly #head: string;
  #buffer: Buffer = Buffer.alloc(0);
  #waiting: ((answer: RawAnswer) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket, head: string) {
    this.#socket = socket;
    this.#head = head;
    socket.on('data', (data: Buffer) => this.#receive(data));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the server closed the connection')));
  }

  /** The URL may carry user and password. */
  static open(base: string): Promise<RawClient> {
    const url = new URL(base);
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    const basic = Buffer.from(pair).toString('base64');
    const login = url.username === '' ? '' : `Authorization: Basic ${basic}\r\n`;
    return new Promise((resolve, reject) => {
      const socket = connect({ host: url.hostname, port: Number(url.port || 80), noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawClient(socket, `Host: ${url.host}\r\n${login}`));
      });
    });
  }

  request(method: string, path: string, body = ''): Promise<RawAnswer> {
    const length = Buffer.byteLength(body);
    const type = body === '' ? '' : 'Content-Type: application/json\r\n';
    const size = `Content-Length: ${length}\r\n`;
    this.#socket.write(`${method} ${path} HTTP/1.1\r\n${this.#head}${type}${size}\r\n${body}`);
    return new Promise((resolve, reject) => {
      this.#waiting = resolve;
      this.#failed = reject;
    });
  }

  /** A request that must end with this status. */
  async expect(status: number, method: string, path: string, body = ''): Promise<string> {
    const answer = await this.request(method, path, body);
    if (answer.status === status) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${answer.body.slice(0, 300)}`);
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #receive(data: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? data : Buffer.concat([this.#buffer, data]);
    const end = this.#buffer.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#buffer.toString('latin1', 0, end);
    const body = /transfer-encoding: chunked/i.test(head)
      ? wholeChunks(this.#buffer.subarray(end + 4))
      : wholeLength(this.#buffer.subarray(end + 4), head);
    if (body === undefined) return;
    this.#buffer = Buffer.alloc(0);
    const status = Number(head.slice(9, 12));
    this.#waiting?.({ status, body });
  }
}

function wholeLength(rest: Buffer, head: string): string | undefined {
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return rest.length < length ? undefined : rest.toString('utf8', 0, length);
}

/** The body of a chunked answer, once its last chunk is there. */
function wholeChunks(rest: Buffer): string | undefined {
  if (rest.subarray(-5).toString('latin1') !== '0\r\n\r\n') return undefined;
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = rest.indexOf('\r\n', at);
    const size = Number.parseInt(rest.toString('latin1', at, line), 16);
    if (size === 0) return Buffer.concat(pieces).toString('utf8');
    pieces.push(rest.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
