// The messages of a topic that somebody may still need, in the segments in which they were stored:
// one document for what was published between two writes.

import type { ProtoObject } from '../protocol.ts';
import { PubsubError } from '../pubsub-error.ts';
import { documentId } from '../resource-names.ts';
import type { RangeSet } from './delivery/range-set.ts';
import { messageBytes, type NewMessage, type PubsubMessage } from './message.ts';

export interface Segment {
  documentId: string;
  stored: boolean;
  messages: PubsubMessage[];
  bytes: number;
  /** Deleted in the database, or about to be. */
  dropped: boolean;
  /** The subscriptions were given its messages: until then a seek leaves them to their publisher. */
  offered: boolean;
}

const SEGMENT_BYTES_MAX = 4_000_000;
const NUMBER_DIGITS = 14;

/** Beside its content: objects, and places in queues. */
const MESSAGE_OVERHEAD_BYTES = 500;

function spaceOf(messages: readonly NewMessage[]): number {
  return messages.reduce((sum, one) => sum + messageBytes(one) + MESSAGE_OVERHEAD_BYTES, 0);
}

/** Throws RESOURCE_EXHAUSTED: publishers wait and try again, consumers make room. */
export function requireRoom(
  logs: readonly TopicLog[],
  messages: readonly NewMessage[],
  bytes_max: number,
): void {
  const kept = logs.reduce((sum, { bytes }) => sum + bytes, 0);
  if (kept + spaceOf(messages) <= bytes_max) return;
  const text = `undelivered messages take ${kept} of ${bytes_max} bytes`;
  throw new PubsubError('RESOURCE_EXHAUSTED', text);
}

function keptBytes(segments: readonly Segment[]): number {
  return segments.reduce((sum, { messages }) => sum + spaceOf(messages), 0);
}

/** Which log it is: a topic that is deleted and made again has another one. */
export interface LogKey {
  topic: string;
  generation: string;
}

export class TopicLog {
  readonly name: string;
  readonly generation: string;
  config: ProtoObject;
  /** The topic was deleted: what its subscriptions have of it stays until they are done. */
  deleted = false;
  readonly segments: Segment[] = [];
  next: number;
  #bytes = 0;
  readonly #idPrefix: string;

  constructor({ topic, generation }: LogKey, config: ProtoObject, next: number) {
    this.name = topic;
    this.generation = generation;
    this.config = config;
    this.next = next;
    this.#idPrefix = documentId(generation === '' ? 'segment' : `segment-${generation}`, topic);
  }

  /** What its messages take, as far as that can be said. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Segments that were stored before. */
  restore(segments: readonly Segment[]): void {
    this.segments.push(...segments);
    this.#bytes += keptBytes(segments);
  }

  /** Gives new messages their places, in new segments that are to be stored. */
  append(
    messages: readonly NewMessage[],
    publishTime_ms: number,
    newId: () => string,
  ): { messages: PubsubMessage[]; segments: Segment[] } {
    const placed: PubsubMessage[] = [];
    const segments: Segment[] = [];
    for (const given of messages) {
      const message: PubsubMessage = { ...given, number: this.next, id: newId(), publishTime_ms };
      this.next += 1;
      placed.push(message);
      let segment = segments.at(-1);
      if (!segment || segment.bytes > SEGMENT_BYTES_MAX) {
        const number = String(message.number).padStart(NUMBER_DIGITS, '0');
        segment = {
          documentId: `${this.#idPrefix}_${number}`,
          ...{ messages: [], bytes: 0, stored: false, dropped: false, offered: false },
        };
        segments.push(segment);
      }
      segment.messages.push(message);
      segment.bytes += messageBytes(message);
    }
    this.restore(segments);
    return { messages: placed, segments };
  }

  /** Messages that are kept, were offered and are not in `done`, in order. */
  undone(done: RangeSet): PubsubMessage[] {
    return this.segments.flatMap(({ messages, offered }) =>
      offered ? messages.filter((message) => !done.has(message.number)) : [],
    );
  }

  /** Takes out the stored segments that nobody needs any more. */
  takeDone(isNeeded: (segment: Segment) => boolean): Segment[] {
    const gone = this.segments.filter((segment) => segment.stored && !isNeeded(segment));
    if (gone.length === 0) return gone;
    for (const segment of gone) segment.dropped = true;
    this.#bytes -= keptBytes(gone);
    this.segments.splice(0, Infinity, ...this.segments.filter(({ dropped }) => !dropped));
    return gone;
  }
}
