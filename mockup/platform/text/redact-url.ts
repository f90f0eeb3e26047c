// Addresses may hold a user and a password; what is printed, logged or stored must not.

/** The URL without user and password; text that is no URL loses whatever may be a password. */
export function redactUrl(text: string): string {
  if (!text.includes('@')) return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // Without a host it is no address: `admin:password@host` has the scheme `admin`.
  if (!url || url.host === '') return text.replace(/^(.*?\/\/)?.*@/s, '$1');
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return text.endsWith('/') ? url.href : url.href.replace(/\/$/, '');
}

/**
 * Replaces the `user:password` of every URL in a text (`//user:password@host`). Greedy up to the
 * last `@` before a slash, a quote or white space, because a password may hold an `@` by mistake.
 */
export function redactUrlsIn(text: string): string {
  return text.replace(/\/\/[^\s/"'<>]*@/g, '//***@');
}
