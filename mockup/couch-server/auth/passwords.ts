/** Passwords as user documents keep them: PBKDF2, and the older schemes that CouchDB also reads. */
import { createHash, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { JsonObject } from '../json-object.ts';

const derive = promisify(pbkdf2);
const ITERATIONS = 50_000;
/** Users may write these two into their own documents; deriving must not take for ever. */
const MAX_ITERATIONS = 2_000_000;
const MAX_KEY_LENGTH = 256;

/** The members that stand in a user document in the place of `password`. */
export async function hashPassword(password: string): Promise<JsonObject> {
  const salt = randomBytes(16).toString('hex');
  const key = await derive(password, salt, ITERATIONS, 32, 'sha256');
  return {
    password_scheme: 'pbkdf2',
    pbkdf2_prf: 'sha256',
    iterations: ITERATIONS,
    salt,
    derived_key: key.toString('hex'),
  };
}

export async function isPassword(document: JsonObject, password: string): Promise<boolean> {
  const { password_scheme: scheme, salt } = document;
  if (typeof salt !== 'string') return false;
  if (scheme === 'simple') {
    const sha1 = createHash('sha1')
      .update(password + salt)
      .digest('hex');
    return sameText(sha1, String(document.password_sha));
  }
  const { derived_key: key, iterations } = document;
  if (scheme !== 'pbkdf2' || typeof key !== 'string' || !/^([0-9a-f]{2})+$/.test(key))
    return false;
  if (key.length > MAX_KEY_LENGTH) return false;
  const prf = document.pbkdf2_prf === undefined ? 'sha1' : String(document.pbkdf2_prf);
  if (!['sha1', 'sha224', 'sha256', 'sha384', 'sha512'].includes(prf)) return false;
  const rounds = Number(iterations);
  if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > MAX_ITERATIONS) return false;
  const derived = await derive(password, salt, rounds, key.length / 2, prf);
  return sameText(derived.toString('hex'), key);
}

/** Takes the same time wherever the texts differ. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
