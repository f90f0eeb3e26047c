// XTSS: the only writer of state, substate and executive. An RPC server that answers each request
// with a number (201 done, 400 not understood, 404 no such OUS, 409 refused) or a list of OUSs.

import { databaseNames } from '../../core/databases.ts';
import { describeError, InvalidInputError } from '../../core/errors.ts';
import { documentId } from '../../core/identifiers.ts';
import { parseBody, type XtssRequest, xtssRequest } from '../../core/messages/message-bodies.ts';
import { XTSS_SELECTOR } from '../../core/messages/selectors.ts';
import { ChangeRefusedError, type OusDocument } from '../../core/ous/ous.ts';
import { nextTimestamp, readOus } from '../../core/ous/reading.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import type { Delivered } from '../../platform/bus/bus.ts';
import { updateDocument } from '../../platform/couch/documents/update-document.ts';
import { applyRequest, type ChangeRequest } from './apply-request.ts';
import { AnswerTooLargeError, findOuss } from './find-ouss.ts';

const CONCURRENCY = 16;
const SENDER_LENGTH = 100;

export async function createXtss(ports: ActorPorts): Promise<Actor> {
  const receiver = ports.bus.serve(XTSS_SELECTOR, (message) => answer(ports, message), {
    concurrency: CONCURRENCY,
  });
  await receiver.ready;
  return { stop: () => receiver.stop() };
}

async function answer(ports: ActorPorts, message: Delivered): Promise<unknown> {
  const end = ports.activity.begin(`request of ${message.sender ?? 'somebody'}`);
  try {
    const request: XtssRequest = parseBody(xtssRequest, 'xtss', message.body);
    if (request.operation === 'get-ouss-by-state-substate') {
      return await findOuss(ports.databases.open(databaseNames.statusEntities), request);
    }
    return await change(ports, message, request);
  } catch (error) {
    if (error instanceof AnswerTooLargeError) {
      ports.log.warn({ by: message.sender, reason: describeError(error) }, 'answered an error');
      return { error: error.code, reason: describeError(error) };
    }
    if (!(error instanceof InvalidInputError)) throw error;
    ports.activity.count('bad requests');
    ports.log.warn({ by: message.sender, reason: describeError(error) }, 'answered 400');
    return 400;
  } finally {
    end();
  }
}

async function change(
  ports: ActorPorts,
  message: Delivered,
  request: ChangeRequest,
): Promise<number> {
  const by = (message.sender ?? 'unknown').slice(0, SENDER_LENGTH);
  // A request that is delivered again after a crash is known by its message, if by nothing else.
  const cause = request.cause ?? `request ${message.id}`;
  const database = ports.databases.open(databaseNames.statusEntities);
  let status = 201;
  let reason = '';
  await updateDocument<OusDocument>(database, documentId(request.ousUID), (stored) => {
    const ous = stored && readOus(stored);
    if (!ous) {
      status = 404;
      reason = `there is no OUS ${request.ousUID}`;
      return undefined;
    }
    try {
      status = 201;
      const timestamp = nextTimestamp(ous, ports.clock.now());
      const changed = applyRequest(ous, request, { timestamp, by, cause, reason: request.reason });
      return changed === ous ? undefined : changed;
    } catch (error) {
      if (!(error instanceof ChangeRefusedError)) throw error;
      status = error.status;
      reason = error.message;
      return undefined;
    }
  });
  report(ports, { by, request, status, reason });
  return status;
}

function report(
  ports: ActorPorts,
  done: { by: string; request: ChangeRequest; status: number; reason: string },
): void {
  const { operation, ousUID, value } = done.request;
  const fields = { ous: ousUID, operation, value, by: done.by };
  if (done.status === 201) {
    ports.activity.count('changes');
    ports.log.info(fields, 'changed');
  } else {
    ports.activity.count('refusals');
    ports.log.warn({ ...fields, reason: done.reason }, `answered ${done.status}`);
  }
}
