// The bus over the `msgq` database: wire-compatible with the Python mockup's, and safe where that
// one is not. See docs/MESSAGES.md.

import { AppError, describeError } from '../../core/errors.ts';
import { formatTimestamp, parseTimestamp } from '../../core/timestamps.ts';
import type { Clock } from '../clock/clock.ts';
import type { Database, Writable } from '../couch/database.ts';
import type { Logger } from '../log/logger.ts';
import type { Random } from '../random/random.ts';
import { answerDocument } from './answer-document.ts';
import { Answers } from './answers.ts';
import type {
  Bus,
  MessageHandler,
  ReceiveOptions,
  Receiver,
  RequestHandler,
  SendOptions,
} from './bus.ts';
import { actorAddress, type BusContext } from './bus-context.ts';
import { groupMembers, isGroupName, joinGroup } from './groups.ts';
import {
  formerKeyedMessageId,
  type Holder,
  keyedMessageId,
  type MessageDocument,
  messageId,
} from './message.ts';
import { MessageWriter } from './message-writer.ts';
import type { Work } from './receiving/handling.ts';
import { Leases } from './receiving/leases.ts';
import { MessageReceiver } from './receiving/receiver.ts';

const DEFAULT_LEASE_MS = 10_000;

/** What is sent about a moment so long before this process may repeat an earlier version's message. */
const REPETITION_MS = 10_000;

export interface BusOptions {
  /** The database `msgq` of this process's site. */
  messages: Database;
  clock: Clock;
  random: Random;
  log: Logger;
  /** This process, as others see it. */
  self: Holder;
  originIP: string;
  /** True only where it is certain that the process is gone. */
  isHolderGone(holder: Holder): boolean;
  lease_ms?: number;
  /**
   * For actors that are started again when they died: an answer that came too late for the dead
   * process is cleared away even if the new one never has anything to ask.
   */
  listens?: boolean;
}

export function createBus(options: BusOptions): Bus {
  const writer = new MessageWriter(options.messages, options.clock);
  const context: BusContext = {
    ...options,
    writer,
    lease_ms: options.lease_ms ?? DEFAULT_LEASE_MS,
    startedAt_ms: options.clock.now(),
  };
  const leases = new Leases(context);
  const answers = new Answers(context);
  const receivers = new Set<Receiver>();
  if (options.listens) {
    answers.listen().catch((error) => {
      const fields = { reason: describeError(error) };
      options.log.warn(fields, 'could not look for answers that nobody read');
    });
  }

  const start = (selector: string, work: Work, receive: ReceiveOptions = {}): Receiver => {
    const receiver = new MessageReceiver(context, leases, selector, work, receive);
    receivers.add(receiver);
    return receiver;
  };
  return {
    send: (selector, body, send) => sendMessage(context, selector, body, send ?? {}),
    receive: (selector, handler, receive) => start(selector, handling(handler), receive),
    serve: (selector, handler, receive) => start(selector, answering(context, handler), receive),
    call: (selector, body, call) => answers.call(selector, body, call),
    clearAnswersTo: (actor) => answers.clearFor({ actor, site: context.self.site }),
    join: (group, member) => joinGroup(context.messages, group, member),
    close: async () => {
      await Promise.all([...receivers].map((receiver) => receiver.stop()));
      await answers.close();
      await writer.settle();
    },
  };
}

async function sendMessage(
  context: BusContext,
  selector: string,
  body: unknown,
  options: SendOptions,
): Promise<void> {
  const selectors = isGroupName(selector)
    ? await groupMembers(context.messages, selector)
    : [selector];
  await Promise.all(selectors.map((one) => sendOne(context, one, body, options)));
}

async function sendOne(
  context: BusContext,
  selector: string,
  body: unknown,
  options: SendOptions,
): Promise<void> {
  const creationTimestamp = options.creationTimestamp ?? formatTimestamp(context.clock.now());
  const { key } = options;
  if (key !== undefined && (await wasSentFormerly(context, selector, key, creationTimestamp)))
    return;
  const message: MessageDocument & Writable = {
    _id:
      key === undefined
        ? messageId(creationTimestamp, context.random.hex(32))
        : keyedMessageId(selector, key, creationTimestamp),
    creationTimestamp,
    originIP: context.originIP,
    selector,
    consumed: false,
    body,
    sender: actorAddress(context.self),
  };
  await options.claim?.confirm();
  const result = await context.writer.write(message);
  // A conflict means that it was sent before.
  if (result.ok || result.error === 'conflict') return;
  throw new AppError(
    'send_failed',
    `the database refused a message to ${selector}: ${result.error}`,
  );
}

/** True where an earlier version of this program has sent it, under the id that it gave. */
async function wasSentFormerly(
  { messages, startedAt_ms }: BusContext,
  selector: string,
  key: string,
  creationTimestamp: string,
): Promise<boolean> {
  if (parseTimestamp(creationTimestamp) > startedAt_ms - REPETITION_MS) return false;
  const id = formerKeyedMessageId(selector, key, creationTimestamp);
  const [lookup] = await messages.getMany([id]);
  return lookup !== undefined && !('missing' in lookup);
}

function handling(handler: MessageHandler): Work {
  return {
    run: async (delivered, tenure) => {
      await handler(delivered, tenure);
      return [];
    },
  };
}

function answering(context: BusContext, handler: RequestHandler): Work {
  return {
    run: async (delivered, tenure, request) => {
      const body = await handler(delivered, tenure);
      return request.msgbackID === undefined ? [] : [answerDocument(request, body, context)];
    },
  };
}
