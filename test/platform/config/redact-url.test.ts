import fc from 'fast-check';
import { expect, it } from 'vitest';
import { redactUrl, redactUrlsIn } from '../../../mockup/platform/text/redact-url.ts';

it.each([
  ['http://admin:secret@host:5984', 'http://host:5984'],
  ['http://admin:secret@host:5984/', 'http://host:5984/'],
  ['http://admin:secret@host/db', 'http://host/db'],
  ['http://admin@host/db', 'http://host/db'],
  ['http://host:5984', 'http://host:5984'],
  ['http://host/a@b', 'http://host/a@b'],
  ['http://admin:se/cr@et@host', 'http://host'],
  ['admin:secret@host', 'host'],
  ['not a url', 'not a url'],
])('redactUrl %s → %s', (url, redacted) => {
  expect(redactUrl(url)).toBe(redacted);
});

it('never shows a password, whatever is in it', () => {
  const password = fc.string({ minLength: 1 }).map((text) => `>>${text}<<`);
  fc.assert(
    fc.property(password, (secret) => {
      const shown = redactUrl(`http://admin:${secret}@host:5984`);
      expect(shown).not.toContain(secret);
    }),
  );
});

it('redacts every URL in a text', () => {
  const text = 'from http://a:b@one/x to "https://c:d@two:1" and http://three/@y';
  expect(redactUrlsIn(text)).toBe(
    'from http://***@one/x to "https://***@two:1" and http://three/@y',
  );
});
