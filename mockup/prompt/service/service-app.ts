// The service's route: POST /next-visit?token=…. Status codes as in the prototype, but that what
// can never succeed is answered once and for all, and that a redelivery is not processed twice.

import express from 'express';
import { describeError } from '../../core/errors.ts';
import { instrumentNamed } from '../../core/prompt/instruments.ts';
import type { Visit } from '../../core/prompt/visit.ts';
import type { VisitState } from '../../core/prompt/visit-record.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { type ClaimedVisit, ClaimLostError, type VisitStore } from '../visits/visit-store.ts';
import { type Announcement, isToken, readEnvelope } from './envelope.ts';
import { pipelinesFor } from './pipeline-table.ts';
import type { VisitEnd } from './process-visit.ts';
import type { ServiceSettings } from './service-settings.ts';

export interface ServiceAppOptions {
  clock: Clock;
  log: Logger;
  settings: ServiceSettings;
  visits: VisitStore;
  /** A caller that goes away does not stop it: what was begun is brought to an end. */
  process(visit: ClaimedVisit): Promise<VisitEnd>;
}

interface Answer {
  status: number;
  text: string;
}

const BUSY: Answer = { status: 503, text: 'Being processed' };
const BODY_BYTES_MAX = 1024 * 1024;

export function createServiceApp(options: ServiceAppOptions): express.Express {
  const { settings, log } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.post('/next-visit', (request, response, next) => {
    if (isToken(request.query.token, settings.token)) return next();
    response.status(400).type('text').send('Invalid request');
  });
  app.post(
    '/next-visit',
    express.json({ limit: BODY_BYTES_MAX, type: () => true }),
    async (request, response) => {
      const { status, text } = await answer(options, request.body);
      response.status(status).type('text').send(text);
    },
  );
  app.get('/healthz', (_request, response) => {
    response.type('text').send('ok');
  });
  app.use(
    (error: unknown, _request: express.Request, response: express.Response, _next: unknown) => {
      const { status } = (error ?? {}) as { status?: number };
      const known = status !== undefined && status < 500;
      if (!known) log.error({ reason: describeError(error) }, 'a request failed');
      if (!response.headersSent) {
        response
          .status(known ? 400 : 500)
          .type('text')
          .send(known ? 'Bad request' : 'Failed');
      }
    },
  );
  return app;
}

async function answer(options: ServiceAppOptions, body: unknown): Promise<Answer> {
  const { clock, settings, visits } = options;
  let announcement: Announcement;
  try {
    announcement = readEnvelope(body);
  } catch (error) {
    return refuse(options, body, describeError(error));
  }
  const { visit, published_ms = clock.now() } = announcement;
  if (!isFor(settings, visit)) {
    await visits.dismiss(visit, 'ignored', `this service is for ${settings.instrument.name}`);
    return { status: 200, text: 'Not for this service' };
  }
  const age_s = (clock.now() - published_ms) / 1000;
  if (age_s > settings.expiry_s) {
    const reason = `announced ${Math.round(age_s)} s ago`;
    const isOver = await visits.dismiss(visit, 'expired', reason);
    return isOver ? { status: 200, text: 'Expired' } : BUSY;
  }
  if (pipelinesFor(settings.pipelines, visit).length === 0) {
    const survey = visit.survey ? `survey ${visit.survey}` : 'a visit without a survey';
    await visits.dismiss(visit, 'ignored', `no pipeline is for ${survey}`);
    return { status: 200, text: 'No pipeline for this survey' };
  }
  return claimAndProcess(options, visit);
}

/** 400, and when it is delivered again it is acknowledged: it can never be read. */
async function refuse(
  { log, visits }: ServiceAppOptions,
  body: unknown,
  reason: string,
): Promise<Answer> {
  log.error({ reason }, 'a nextVisit that can not be read');
  const { message } = (body ?? {}) as { message?: { messageId?: unknown } };
  const id = message?.messageId;
  const isNew = typeof id !== 'string' || id === '' || (await visits.refuse(id, reason, body));
  return isNew ? { status: 400, text: 'Bad request' } : { status: 200, text: 'Refused before' };
}

async function claimAndProcess(
  { visits, process }: ServiceAppOptions,
  visit: Visit,
): Promise<Answer> {
  const outcome = await visits.claim(visit);
  if (outcome.kind === 'over') return { status: 200, text: `Already ${outcome.state}` };
  // Another worker has it: the message comes again, in case that worker dies.
  if (outcome.kind === 'busy') return BUSY;
  try {
    const { state, text } = await process(outcome.visit);
    return { status: statusOf(state, outcome.visit), text };
  } catch (error) {
    if (error instanceof ClaimLostError) return { status: 503, text: 'Taken over' };
    throw error;
  }
}

function statusOf(state: VisitState, { record }: ClaimedVisit): number {
  return state === 'failed' && record.retriable ? 500 : 200;
}

function isFor({ instrument }: ServiceSettings, visit: Visit): boolean {
  try {
    const named = instrumentNamed(visit.instrument);
    return named.name === instrument.name && visit.detector < named.detectors;
  } catch {
    return false;
  }
}
