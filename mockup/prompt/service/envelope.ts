// What a push subscription delivers: the envelope and the visit in it.

import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { InvalidInputError } from '../../core/errors.ts';
import { readVisit, type Visit } from '../../core/prompt/visit.ts';

const envelope = z.object({
  message: z.object({
    data: z.base64(),
    messageId: z.string().max(200).optional(),
    publishTime: z.string().max(64).optional(),
  }),
});

export interface Announcement {
  visit: Visit;
  /** Milliseconds since 1970, UTC; undefined where the envelope does not say. */
  published_ms: number | undefined;
}

/** Throws InvalidInputError. */
export function readEnvelope(body: unknown): Announcement {
  const read = envelope.safeParse(body);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new InvalidInputError(`envelope: ${issue?.path.join('.') || 'body'}: ${issue?.message}`);
  }
  const { data, publishTime } = read.data.message;
  const published_ms = Date.parse(publishTime ?? '');
  return {
    visit: readVisit(parsed(Buffer.from(data, 'base64').toString())),
    published_ms: Number.isNaN(published_ms) ? undefined : published_ms,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInputError('envelope: message.data is no JSON');
  }
}

/** Takes the same time whatever is wrong. */
export function isToken(given: unknown, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const equal = timingSafeEqual(digest(String(given ?? '')), digest(expected));
  return equal && typeof given === 'string';
}
