// A streaming pull: the first request names the subscription, later ones acknowledge and prolong;
// messages flow the other way, as many as the client said it holds.

import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Broker } from '../broker/broker.ts';
import type { Consumer, Delivery } from '../broker/delivery/delivery.ts';
import { messageBytes } from '../broker/message.ts';
import type { Subscription } from '../broker/subscription.ts';
import type { ProtoObject } from '../protocol.ts';
import { invalid } from '../pubsub-error.ts';
import { checkName } from '../resource-names.ts';
import { grpcError, type StreamHandler } from './grpc.ts';
import { checkPullable } from './pull.ts';
import { receivedMessage } from './received-message.ts';

const BATCH_MAX = 1000;
/** What a client that names no limit of its own holds at the most. */
const HELD_MAX = 10_000;
const HELD_BYTES_MAX = 100_000_000;

type Stream = ServerDuplexStream<ProtoObject, ProtoObject>;

export function streamingPullHandler(
  broker: Broker,
  onError: (error: unknown) => void,
): StreamHandler {
  return (stream) => {
    let session: Session | undefined;
    const end = (): void => session?.end();
    const fail = (error: unknown): void => {
      end();
      stream.emit('error', grpcError(error, onError));
    };
    stream.on('data', (request: ProtoObject) => {
      try {
        if (session) session.next(request);
        else session = new Session(broker, stream, request, fail);
      } catch (error) {
        fail(error);
      }
    });
    stream.on('cancelled', end);
    stream.on('error', end);
    stream.on('end', () => {
      end();
      stream.end();
    });
  };
}

class Session implements Consumer {
  readonly ackDeadline_ms: number;
  readonly #broker: Broker;
  readonly #stream: Stream;
  readonly #subscription: Subscription;
  readonly #fail: (error: unknown) => void;
  readonly #heldMax: number;
  readonly #heldBytesMax: number;
  readonly #detach: () => void;
  #held = 0;
  #heldBytes = 0;
  #drained = true;

  constructor(broker: Broker, stream: Stream, first: ProtoObject, fail: (error: unknown) => void) {
    this.#broker = broker;
    this.#stream = stream;
    this.#fail = fail;
    this.#subscription = broker.subscription(checkName('subscriptions', first.subscription));
    checkPullable(this.#subscription);
    this.ackDeadline_ms = streamDeadline_ms(first.streamAckDeadlineSeconds);
    this.#heldMax = positive(first.maxOutstandingMessages) ?? HELD_MAX;
    this.#heldBytesMax = positive(first.maxOutstandingBytes) ?? HELD_BYTES_MAX;
    stream.on('drain', () => {
      this.#drained = true;
      this.#subscription.pump();
    });
    this.#detach = this.#subscription.attach(this);
    this.#settle(first);
  }

  capacity(): number {
    if (!this.#drained || this.#heldBytes >= this.#heldBytesMax) return 0;
    return Math.min(BATCH_MAX, this.#heldMax - this.#held);
  }

  over(delivery: Delivery): void {
    this.#held -= 1;
    this.#heldBytes -= messageBytes(delivery.message);
  }

  deliver(deliveries: Delivery[]): void {
    this.#held += deliveries.length;
    for (const { message } of deliveries) this.#heldBytes += messageBytes(message);
    const { settings } = this.#subscription;
    this.#drained = this.#stream.write({
      receivedMessages: deliveries.map((one) => receivedMessage(one, this.#subscription)),
      subscriptionProperties: {
        exactlyOnceDeliveryEnabled: settings.exactlyOnce,
        messageOrderingEnabled: settings.ordered,
      },
    });
  }

  next(request: ProtoObject): void {
    if (request.subscription) throw invalid('the subscription is named in the first request only');
    this.#settle(request);
  }

  end(reason?: Error): void {
    this.#detach();
    if (reason) this.#fail(reason);
  }

  #settle(request: ProtoObject): void {
    const { name } = this.#subscription;
    const ackIds = (request.ackIds ?? []) as string[];
    if (ackIds.length > 0) {
      this.#broker.acknowledge(name, ackIds).then((unknown) => {
        if (this.#subscription.settings.exactlyOnce) this.#confirm(ackIds, unknown);
      }, this.#fail);
    }
    const ids = (request.modifyDeadlineAckIds ?? []) as string[];
    const seconds = (request.modifyDeadlineSeconds ?? []) as number[];
    if (ids.length !== seconds.length) {
      throw invalid('modify_deadline_ack_ids and modify_deadline_seconds differ in length');
    }
    for (const [deadline_s, group] of Map.groupBy(ids, (_, index) => seconds[index] ?? 0)) {
      this.#broker.modifyDeadline(name, group, deadline_s * 1000);
    }
  }

  #confirm(ackIds: readonly string[], unknown: readonly string[]): void {
    this.#stream.write({
      acknowledgeConfirmation: {
        ackIds: ackIds.filter((ackId) => !unknown.includes(ackId)),
        invalidAckIds: [...unknown],
      },
    });
  }
}

function streamDeadline_ms(given: unknown): number {
  const seconds = Number(given ?? 0);
  if (seconds >= 10 && seconds <= 600) return seconds * 1000;
  throw invalid('stream_ack_deadline_seconds must be from 10 to 600');
}

function positive(given: unknown): number | undefined {
  const number = Number(given ?? 0);
  return number > 0 ? number : undefined;
}
