/** The `AuthSession` cookie: name and time, signed with the server's secret and the user's salt. */
import { createHmac } from 'node:crypto';
import { badRequest } from '../couch-error.ts';
import { sameText } from './passwords.ts';

const TIMEOUT_S = 600;

export interface Session {
  readonly name: string;
  /** Seconds since the epoch. */
  readonly since: number;
  readonly signature: string;
}

const sign = (name: string, since: number, key: string): string =>
  createHmac('sha256', key).update(`${name}\n${since}`).digest('base64url');

export function sessionCookie(name: string, key: string, now_s: number): string {
  const fields = [name, String(now_s), sign(name, now_s, key)];
  const value = Buffer.from(JSON.stringify(fields)).toString('base64url');
  return cookieText(value, now_s + TIMEOUT_S, TIMEOUT_S);
}

export const clearedCookie = (now_s: number): string => cookieText('', now_s, 0);

function cookieText(value: string, expires_s: number, age_s: number): string {
  const expires = new Date(expires_s * 1000).toUTCString();
  return `AuthSession=${value}; Version=1; Expires=${expires}; Max-Age=${age_s}; Path=/; HttpOnly`;
}

/** The session in a Cookie header; undefined for none. Throws CouchError 400 for a broken one. */
export function parseSession(header: string | undefined): Session | undefined {
  const value = /(?:^|;\s*)AuthSession=([^;]*)/.exec(header ?? '')?.[1];
  if (!value) return undefined;
  try {
    const text = Buffer.from(value, 'base64url').toString('utf8');
    // The form that CouchDB gives: of another server that was here, and says nothing any more.
    if (/^[^:]+:[0-9A-F]+:/i.test(text)) return undefined;
    const fields: unknown = JSON.parse(text);
    const [name, since, signature] = Array.isArray(fields) ? fields : [];
    if (typeof name === 'string' && typeof since === 'string' && typeof signature === 'string') {
      return { name, since: Number(since), signature };
    }
  } catch {
    // Told below.
  }
  throw badRequest('Malformed AuthSession cookie. Please clear your cookies.');
}

export function isValid(session: Session, key: string, now_s: number): boolean {
  const age = now_s - session.since;
  if (!(age >= -1 && age <= TIMEOUT_S)) return false;
  return sameText(session.signature, sign(session.name, session.since, key));
}

/** A session in use is renewed after a tenth of its time. */
export const isStale = (session: Session, now_s: number): boolean =>
  now_s - session.since > TIMEOUT_S / 10;
