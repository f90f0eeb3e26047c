// Who may act. The token of the address that the terminal shows is good for one exchange; what it is
// exchanged for is signed and carries the person's name. Nothing of it is a cookie: a browser sends
// those to every port of this machine, and with requests of other pages.

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,31}$/;
const SESSION = /^([A-Za-z][A-Za-z0-9._-]{0,31}) ([0-9a-f]{32}) ([0-9a-f]{64})$/;
const TOKEN_BYTES = 24;

export class Sessions {
  readonly #secret: string;
  #token: string;

  constructor(secret: string, token: string) {
    this.#secret = secret;
    this.#token = token;
  }

  /** Undefined where the token is wrong, or was used. `next` takes its place. */
  exchange(token: string, name: string): { session: string; next: string } | undefined {
    if (!NAME.test(name) || !isEqual(token, this.#token)) return undefined;
    const next = newToken();
    this.#token = next;
    const id = randomBytes(16).toString('hex');
    return { session: `${name} ${id} ${this.#sign(name, id)}`, next };
  }

  /** Whose session it is; undefined where it is none. */
  operatorOf(session: string): string | undefined {
    const [, name, id, signature] = SESSION.exec(session) ?? [];
    if (name === undefined || id === undefined || signature === undefined) return undefined;
    return isEqual(signature, this.#sign(name, id)) ? name : undefined;
  }

  #sign(name: string, id: string): string {
    return createHmac('sha256', this.#secret).update(`${name}\n${id}`).digest('hex');
  }
}

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Takes as long whatever is wrong with it. */
function isEqual(given: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(right));
}
