// The presence service: asked for an image by what it is, before and after the wait, so that a
// worker needs no right to list the bucket.

import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { Visit } from '../../core/prompt/visit.ts';

/** The name of the object; undefined where it is not there. Rejects where the service fails. */
export type Presence = (visit: Visit, snap: number) => Promise<string | undefined>;

const answer = z.object({
  present: z.boolean(),
  error: z.boolean().default(false),
  uri: z.string().max(2048).nullish(),
});

const LIMIT_MS = 5_000;
const URI = /^[a-z0-9]+:\/\/[^/]+\/(.+)$/;

/** `url`: `{url}/{instrument}/{group}/{snap}/{detector}` is asked. */
export function createPresence(url: string): Presence {
  return async ({ instrument, group, detector }, snap) => {
    const path = [instrument, group, snap, detector].map(encodeURIComponent).join('/');
    const response = await fetch(`${url.replace(/\/$/, '')}/${path}`, {
      signal: AbortSignal.timeout(LIMIT_MS),
      redirect: 'error',
    });
    const read = answer.safeParse(await response.json().catch(() => undefined));
    if (!response.ok || !read.success || read.data.error) {
      throw new AppError('presence_failed', `the presence service answered ${response.status}`, {
        retriable: true,
      });
    }
    const [, object] = URI.exec(read.data.uri ?? '') ?? [];
    return read.data.present ? object : undefined;
  };
}
