// The address of a CouchDB server as people give it: a URL that may hold user and password.

import { redactUrl } from '../text/redact-url.ts';
import { ConfigurationError } from './configuration-error.ts';

export interface CouchdbAddress {
  /** Without credentials and without a slash at the end: safe to print. */
  url: string;
  user?: string;
  password?: string;
}

const EXPECTED = 'http://[USER:PASSWORD@]HOST[:PORT], special characters percent-encoded';

/**
 * `key` is where the text came from, for the error. User and password are percent-decoded. Throws
 * ConfigurationError, which never shows the password.
 */
export function parseCouchdbAddress(text: string, key: string): CouchdbAddress {
  const refuse = (): never => {
    throw new ConfigurationError([
      { key, expected: EXPECTED, received: JSON.stringify(redactUrl(text)) },
    ]);
  };
  const url = URL.canParse(text) ? new URL(text) : refuse();
  const plain = url.search === '' && url.hash === '' && url.hostname !== '';
  if (!/^https?:$/.test(url.protocol) || !plain) refuse();
  const user = decode(url.username) ?? refuse();
  const password = decode(url.password) ?? refuse();
  if (user === '' && password !== '') refuse();
  return {
    url: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`,
    ...(user !== '' && { user, password }),
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
