// A stand-in for the database client of the Python mockup's actors, in its manner: an id is
// rewritten before it is used, a document is written over whatever is there, nobody looks at the
// answer, and a message is marked as consumed before it is handled.

const POLL_MS = 20;

export type OriginalDocument = Record<string, unknown> & { _id: string; _rev: string };

export class OriginalClient {
  readonly #url: string;
  readonly #signal: AbortSignal;

  /** `url`: of a server whose databases need no login. */
  constructor(url: string, signal: AbortSignal) {
    this.#url = url;
    this.#signal = signal;
  }

  /** Adds a document or writes over an existing one. */
  async save(database: string, id: string, document: Record<string, unknown>): Promise<void> {
    const existing = await this.findOne(database, id);
    const body = existing ? { ...document, _rev: existing._rev } : document;
    await this.#fetch(`${database}/${rewritten(id)}`, {
      method: 'PUT',
      body: JSON.stringify(body),
    });
  }

  async findOne(database: string, id: string): Promise<OriginalDocument | undefined> {
    const response = await this.#fetch(`${database}/${rewritten(id)}`);
    const found = (await response.json()) as OriginalDocument;
    return response.status === 404 ? undefined : found;
  }

  async find(database: string, selector: object): Promise<OriginalDocument[]> {
    const response = await this.#fetch(`${database}/_find`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ selector }),
    });
    return ((await response.json()) as { docs: OriginalDocument[] }).docs;
  }

  /** The selector is a regular expression that has to be found anywhere in that of a message. */
  async next(selector: string): Promise<OriginalDocument> {
    const open = { $and: [{ selector: { $regex: selector } }, { consumed: false }] };
    for (;;) {
      const messages = await this.find('msgq', open);
      const time = (message: OriginalDocument) => String(message.creationTimestamp);
      const [oldest] = messages.toSorted((one, other) => (time(one) < time(other) ? -1 : 1));
      if (oldest) {
        await this.save('msgq', oldest._id, { ...oldest, consumed: true });
        return oldest;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async send(selector: string, body: unknown, withAnswer = false): Promise<string> {
    const creationTimestamp = new Date().toISOString().slice(0, -1);
    const msgbackID = crypto.randomUUID().replaceAll('-', '');
    await this.save('msgq', `${creationTimestamp}-${msgbackID}`, {
      ...{ creationTimestamp, originIP: '0.0.0.0', selector, consumed: false },
      ...(withAnswer && { msgbackID }),
      body,
    });
    return msgbackID;
  }

  async call(selector: string, body: unknown): Promise<unknown> {
    const answer = await this.next(await this.send(selector, body, true));
    return answer.body;
  }

  #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.#url}/${path}`, { ...init, signal: this.#signal });
  }
}

function rewritten(id: string): string {
  return encodeURIComponent(id.replaceAll(':', '_').replaceAll('/', '_'));
}
