// Headers of every answer: the page gets everything from this server and from nowhere else, no other
// page may embed or read it, and nothing may be guessed.

export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Whoever reviews sees the weblog beside the verdict: in a frame, from the site that shows the cache. */
export function headersWithWeblogs(cacheUrl: string | undefined): Record<string, string> {
  const policy = securityHeaders['Content-Security-Policy'];
  const cache = cacheUrl === undefined ? '' : new URL(cacheUrl).port;
  const places = ['localhost', '127.0.0.1'].map((name) => `http://${name}:${cache}`);
  const frames = cache === '' ? "'self'" : ["'self'", ...places].join(' ');
  return { ...securityHeaders, 'Content-Security-Policy': `${policy}; frame-src ${frames}` };
}
