// The routes by which pages act on the line. They are there only where the line was started with
// `--control`.

import express, { type Request, type RequestHandler } from 'express';
import { AppError, describeError } from '../../../mockup/core/errors.ts';
import type { Clock } from '../../../mockup/platform/clock/clock.ts';
import type { Act } from '../../protocol/control.ts';
import { ApiError } from '../http/api-error.ts';
import type { LiveModel } from '../model/live-model.ts';
import { ActRecord } from './act-record.ts';
import { readActRequest, readSessionRequest } from './act-request.ts';
import { describeAct } from './act-words.ts';
import type { Control, ControlOptions } from './control.ts';
import { requireOwnPage } from './control-gate.ts';
import { Sessions } from './sessions.ts';

export interface ControlSources extends ControlOptions {
  model: LiveModel;
  clock: Clock;
  epoch: string;
}

const BODY_BYTES_MAX = 8 * 1024;

export function controlRoutes(sources: ControlSources): RequestHandler {
  const { control, model, clock, epoch } = sources;
  const sessions = new Sessions(sources.secret, sources.token);
  const record = new ActRecord(model);
  const router = express.Router();
  router.use((request, _response, next) => {
    if (request.method !== 'POST') throw new ApiError(405, 'only_post', 'only POST is understood');
    requireOwnPage(request);
    next();
  });
  router.use(express.json({ limit: BODY_BYTES_MAX, strict: true, type: () => true }));
  router.post('/session', (request, response) => {
    const { token, name } = readSessionRequest(request.body);
    const found = sessions.exchange(token, name);
    if (!found) throw new ApiError(401, 'no_token', 'wrong, or used: the terminal shows another');
    control.onToken(found.next);
    const by = `${name}@dashboard`;
    control.record(`${by} has the control`);
    response.json({ session: found.session, by, epoch });
  });
  router.post('/acts', async (request, response) => {
    const operator = operatorOf(request, sessions);
    const asked = readActRequest(request.body);
    if (asked.epoch !== epoch) {
      throw new ApiError(409, 'other_start', 'the dashboard was started again; ask once more');
    }
    record.requireNew(asked.id);
    const text = await perform({ control, record, clock }, asked.act, operator);
    response.json({ text });
  });
  return router;
}

function operatorOf({ headers }: Request, sessions: Sessions): string {
  const [, session = ''] = /^Bearer (.{1,200})$/.exec(headers.authorization ?? '') ?? [];
  const operator = sessions.operatorOf(session);
  if (operator !== undefined) return operator;
  throw new ApiError(401, 'no_session', 'open the address that the terminal shows');
}

interface Performing {
  control: Control;
  record: ActRecord;
  clock: Clock;
}

async function perform(
  { control, record, clock }: Performing,
  act: Act,
  operator: string,
): Promise<string> {
  const by = `${operator}@dashboard`;
  const keep = (what: string, refused: string | null): void => {
    record.add({ time_ms: clock.now(), by, what, refused });
    control.record(refused === null ? `${by}: ${what}` : `${by}: ${what}: refused, ${refused}`);
  };
  try {
    const text = await control.perform(act, operator);
    keep(text, null);
    return text;
  } catch (error) {
    keep(describeAct(act), describeError(error).slice(0, 300));
    if (error instanceof ApiError || !(error instanceof AppError)) throw error;
    throw new ApiError(error.retriable ? 503 : 409, error.code, describeError(error));
  }
}
