import { describe, expect, it } from 'vitest';
import {
  parseEndpoint,
  requestHeaders,
} from '../../mockup/couch-server/replicator/peers/endpoint.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

function headersOf(value: unknown) {
  const endpoint = parseEndpoint(value, 'source');
  if (endpoint.kind !== 'url') throw new Error('expected a URL endpoint');
  return requestHeaders(endpoint);
}

describe('parseEndpoint', () => {
  it('takes the credentials out of a URL', () => {
    const endpoint = parseEndpoint('http://me:p%40ss@host:5984/a%2Fb?x=1', 'source');
    expect(endpoint).toMatchObject({
      kind: 'url',
      url: 'http://host:5984/a%2Fb/',
      credentials: { username: 'me', password: 'p@ss' },
    });
  });

  it('takes a bare name as a database of this server', () => {
    expect(parseEndpoint('msgq', 'target')).toEqual({ kind: 'name', name: 'msgq' });
  });

  it('sends basic credentials from the URL or the auth object', () => {
    expect(headersOf('http://me:secret@host/db')).toEqual({ authorization: basic('me:secret') });
    const auth = { basic: { username: 'you', password: 'hidden' } };
    expect(headersOf({ url: 'http://me:secret@host/db', auth })).toEqual({
      authorization: basic('you:hidden'),
    });
  });

  it('passes over another kind of login, as CouchDB does', () => {
    for (const auth of [{ token: 'x' }, { basic: { username: 'x' } }, { basic: 'x' }]) {
      expect(headersOf({ url: 'http://host/db', auth })).toEqual({});
    }
  });

  it('sends given headers', () => {
    expect(headersOf({ url: 'http://host/db', headers: { 'X-Site': 'EU' } })).toEqual({
      'x-site': 'EU',
    });
  });

  it.each([
    ['', /URL or the name/],
    ['ftp://host/db', /http or https/],
    ['http://a:%zz@host/db', /percent-encoded/],
    [7, /must be a URL, a name or an object/],
    [{}, /source\.url/],
    [{ url: 'msgq' }, /source\.url/],
    [{ url: 'http://h/d', headers: { 'a b': 'x' } }, /header 'a b'/],
    [{ url: 'http://h/d', headers: { a: 'x\r\ny: z' } }, /header 'a'/],
  ])('refuses %j', (value, reason) => {
    expect(() => parseEndpoint(value, 'source')).toThrow(reason);
  });

  it('never shows a password in an error', () => {
    for (const url of ['ftp://me:hush@h/d', 'http://me:hush%zz@h/d']) {
      try {
        parseEndpoint(url, 'source');
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain('hush');
      }
    }
  });
});
