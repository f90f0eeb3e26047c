/** Reads multipart bodies part by part, as streams: no part is ever in memory as a whole. */
import { badRequest } from '../../couch-error.ts';

export interface Part {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Must be read to its end before the next part is asked for. */
  readonly content: AsyncIterable<Buffer>;
}

const MAX_HEADERS = 16 * 1024;

export function boundaryOf(contentType: string): string {
  const match = /boundary=(?:"([^"]{1,200})"|([^;\s]{1,200}))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary) throw badRequest('The multipart boundary is missing');
  return boundary;
}

/** Throws CouchError 400 for a body that breaks off or is no multipart. */
export async function* parseMultipart(
  source: AsyncIterable<Buffer>,
  boundary: string,
): AsyncGenerator<Part> {
  const input = new Input(source);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first delimiter may stand at the very beginning.
  input.unshift(Buffer.from('\r\n'));
  try {
    await drain(input.until(delimiter));
    while (await input.isNextPart()) {
      const headers = parseHeaders(await input.readHeaders());
      const content = input.until(delimiter);
      yield { headers, content };
      await drain(content);
    }
  } finally {
    await input.release();
  }
}

async function drain(content: AsyncIterable<Buffer>): Promise<void> {
  for await (const _piece of content);
}

function parseHeaders(text: string): Map<string, string> {
  const lines = text.split('\r\n').filter((line) => line.includes(':'));
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

class Input {
  readonly #source: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  unshift(data: Buffer): void {
    this.#buffer = Buffer.concat([data, this.#buffer]);
  }

  /** What comes before the delimiter; the delimiter itself is taken, too. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const place = this.#buffer.indexOf(delimiter);
      if (place >= 0) {
        const piece = this.#buffer.subarray(0, place);
        this.#buffer = this.#buffer.subarray(place + delimiter.length);
        if (piece.length > 0) yield piece;
        return;
      }
      // The end may be the beginning of a delimiter.
      const safe = this.#buffer.length - delimiter.length + 1;
      if (safe > 0) {
        const piece = this.#buffer.subarray(0, safe);
        this.#buffer = this.#buffer.subarray(safe);
        yield piece;
      }
      await this.#more();
    }
  }

  /** After a delimiter: `--` ends the body, a line break begins a part. */
  async isNextPart(): Promise<boolean> {
    while (this.#buffer.length < 2) await this.#more();
    if (this.#buffer.subarray(0, 2).toString('latin1') === '--') return false;
    // The blank line that ends the headers stays, also where there are none.
    return true;
  }

  async readHeaders(): Promise<string> {
    const end = Buffer.from('\r\n\r\n');
    for (;;) {
      const place = this.#buffer.indexOf(end);
      if (place >= 0) {
        const text = this.#buffer.subarray(0, place).toString('utf8');
        this.#buffer = this.#buffer.subarray(place + end.length);
        return text;
      }
      if (this.#buffer.length > MAX_HEADERS) throw badRequest('A part has too many headers');
      await this.#more();
    }
  }

  /** Lets somebody else read what is left of the source. */
  async release(): Promise<void> {
    await this.#source.return?.();
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#source.next();
    if (done) throw badRequest('The multipart body ends too early');
    this.#buffer = this.#buffer.length === 0 ? value : Buffer.concat([this.#buffer, value]);
  }
}
