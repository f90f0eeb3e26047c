// What a page asked for, read from JSON that anybody may have sent. Whatever is more or other than
// expected is refused.

import { z } from 'zod';
import { executives } from '../../../mockup/core/executives.ts';
import type { ActRequest, SessionRequest } from '../../protocol/control.ts';
import { ApiError } from '../http/api-error.ts';

const LAUNCHES_MAX = 200;
const PACE_MAX = 100;
const FAILURE_RATE_MAX = 0.95;

const id = z.string().min(1).max(1000);
const site = z.enum(executives);

const act = z.discriminatedUnion('act', [
  z.strictObject({
    act: z.literal('launch'),
    count: z.int().min(1).max(LAUNCHES_MAX),
    project: z.string().max(100),
    recipe: z.string().max(100).nullable(),
  }),
  z.strictObject({ act: z.literal('assign'), ous: id, to: site }),
  z.strictObject({ act: z.literal('review'), ous: id }),
  z.strictObject({ act: z.literal('cancel-review'), ous: id }),
  z.strictObject({
    act: z.literal('verdict'),
    ous: id,
    verdict: z.enum(['Pass', 'Semipass', 'Fail']),
  }),
  z.strictObject({ act: z.literal('queue-again'), ous: id }),
  z.strictObject({ act: z.literal('retry-message'), message: id }),
  z.strictObject({ act: z.literal('delete-message'), message: id }),
  z.strictObject({ act: z.literal('pace'), value: z.number().min(0).max(PACE_MAX) }),
  z.strictObject({
    act: z.literal('failure-rate'),
    value: z.number().min(0).max(FAILURE_RATE_MAX),
  }),
  z.strictObject({
    act: z.literal('process'),
    name: id,
    do: z.enum(['kill', 'freeze', 'thaw', 'restart', 'hold', 'start']),
  }),
  z.strictObject({ act: z.literal('link'), link: id, to: z.enum(['open', 'slow', 'cut']) }),
  z.strictObject({ act: z.literal('cache'), site, full: z.boolean() }),
]);

const actRequest = z.strictObject({
  id: z.string().regex(/^[\w-]{16,64}$/),
  epoch: z.string().min(1).max(64),
  act,
});
const sessionRequest = z.strictObject({
  token: z.string().min(1).max(200),
  name: z.string().min(1).max(32),
});

/** Throws ApiError 400 that says what is wrong where. */
export function readActRequest(body: unknown): ActRequest {
  return read(actRequest, body);
}

export function readSessionRequest(body: unknown): SessionRequest {
  return read(sessionRequest, body);
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const { data, error } = schema.safeParse(body);
  if (data !== undefined) return data;
  const [issue] = error?.issues ?? [];
  const where = issue?.path.join('.') || 'the request';
  throw new ApiError(400, 'bad_act', `${where}: ${issue?.message ?? 'not understood'}`);
}
