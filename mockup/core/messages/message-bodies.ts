// The bodies of all messages between actors, as schemas: a body is parsed where it enters an
// actor, and what does not fit becomes an error that names the field. Fields that the wire format
// does not know are kept (`cause`, `reason`, `since` are ours and optional).

import { z } from 'zod';
import { InvalidInputError } from '../errors.ts';
import { executives } from '../executives.ts';
import { isOusUid, isProgId } from '../identifiers.ts';
import { ASSIGNMENT_LENGTH_MAX, ATTEMPT_MAX, type RunIdentity } from '../ous/run-identity.ts';
import { isTimestamp } from '../timestamps.ts';

const ousUid = z.string().refine(isOusUid, 'expected an OUS UID such as uid://A001/X1465/X346b');
const progId = z.string().refine(isProgId, 'expected a project code such as 2019.1.00263.S');
const timestamp = z
  .string()
  .refine(isTimestamp, 'expected a time such as 2018-07-19T07:10:03.781');
const runIdentity: z.ZodType<RunIdentity> = z.object({
  assignment: z.string().min(1).max(ASSIGNMENT_LENGTH_MAX),
  attempt: z.int().min(1).max(ATTEMPT_MAX),
});
const fileName = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/, 'expected a plain file or directory name');

/** What every change that is asked of XTSS may carry besides its value. */
const change = {
  ousUID: ousUid,
  /** A repeated request with the same cause is answered 201 and changes nothing. */
  cause: z.string().max(300).optional(),
  reason: z.string().max(2000).optional(),
  /** When the OUS must have entered its present state; another time is answered 409. */
  since: timestamp.optional(),
  /** For which run this is asked; a run that was superseded is answered 409. */
  run: runIdentity.optional(),
};

export const xtssRequest = z.discriminatedUnion('operation', [
  z.looseObject({ operation: z.literal('set-state'), value: z.string(), ...change }),
  z.looseObject({ operation: z.literal('set-substate'), value: z.string().nullable(), ...change }),
  z.looseObject({ operation: z.literal('set-exec'), value: z.enum(executives), ...change }),
  z.looseObject({ operation: z.literal('clear-exec'), ...change }),
  /** From now on the run is the one of its assignment. */
  z.looseObject({ operation: z.literal('begin-run'), ...change, run: runIdentity }),
  z.looseObject({
    operation: z.literal('get-ouss-by-state-substate'),
    state: z.string(),
    substate: z.string().max(200).nullable().optional(),
  }),
]);

export const pipelineProcessBody = z.looseObject({
  ousUID: ousUid,
  recipe: z.string(),
  progID: progId,
  /** When the OUS entered Processing for this job. */
  since: timestamp.optional(),
  assignment: z.string().min(1).max(300).optional(),
});

/** Of which OUS and run, where a driver of ours sent it. */
const origin = { ousUID: ousUid.optional(), run: runIdentity.optional() };

export const cachedBody = z.looseObject({
  fileType: z.enum(['productsdir', 'weblog']),
  cachedAt: z.enum(executives),
  name: fileName,
  ...origin,
});

/** What a superseded run announced, and nobody is to keep. */
export const withdrawnBody = z.looseObject({
  fileType: z.enum(['productsdir', 'weblog']),
  name: fileName,
  ousUID: ousUid,
  run: runIdentity,
});

export const pipelineReportBody = z.looseObject({
  ousUID: ousUid,
  timestamp,
  source: z.string(),
  report: z.base64(),
  productsDir: fileName,
  run: runIdentity.optional(),
});

export const ingestBody = z.looseObject({
  ousUID: ousUid,
  timestamp,
  productsDir: fileName,
  run: runIdentity.optional(),
});

export type XtssRequest = z.infer<typeof xtssRequest>;
export type PipelineProcessBody = z.infer<typeof pipelineProcessBody>;
export type CachedBody = z.infer<typeof cachedBody>;
export type WithdrawnBody = z.infer<typeof withdrawnBody>;
export type PipelineReportBody = z.infer<typeof pipelineReportBody>;
export type IngestBody = z.infer<typeof ingestBody>;

/** Parses a body; throws InvalidInputError that names the field and the expectation. */
export function parseBody<T>(schema: z.ZodType<T>, what: string, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.length ? `"${issue.path.join('.')}": ` : '';
  throw new InvalidInputError(
    `bad ${what} message: ${where}${issue?.message ?? 'not understood'}`,
    {
      cause: result.error,
    },
  );
}
