// Addresses may hold a user and a password; what is printed, logged or stored must not.

/** The URL without user and password; text that is no URL loses what looks like them. */
export function redactUrl(url: string): string {
  return redactUrlsIn(url, '');
}

/**
 * Replaces the `user:password` of every URL in a text (`//user:password@host`). Greedy up to the
 * last `@` before a slash, a quote or white space, because a password may hold an `@` by mistake.
 */
export function redactUrlsIn(text: string, replacement = '***@'): string {
  return text.replace(/\/\/[^\s/"'<>]*@/g, `//${replacement}`);
}
