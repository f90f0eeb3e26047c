// The address of a CouchDB server, taken apart from the credentials that came with it.

import { InvalidInputError } from '../../../core/errors.ts';

/** Where a server is and how to log in, taken apart so that credentials never stand in a text. */
export interface CouchAddress {
  /** Without credentials and trailing slash. */
  url: string;
  headers: Record<string, string>;
}

/** `http://user:password@host:5984` (user and password percent-encoded) → address and headers. */
export function parseCouchUrl(text: string): CouchAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidInputError('not the URL of a CouchDB server', {
      hint: 'expected http://host:5984 or http://user:password@host:5984',
    });
  }
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const headers: Record<string, string> = {};
  if (username) {
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers.Authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  }
  return { url: `${url.origin}${url.pathname}`.replace(/\/+$/, ''), headers };
}
