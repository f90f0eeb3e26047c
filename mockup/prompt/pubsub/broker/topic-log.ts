// The messages of a topic that somebody may still need, in the segments in which they were stored:
// one document for what was published between two writes.

import type { ProtoObject } from '../api/protocol.ts';
import { type Message, messageBytes, type NewMessage } from './message.ts';
import type { RangeSet } from './range-set.ts';

export interface Segment {
  documentId: string;
  stored: boolean;
  messages: Message[];
  bytes: number;
  /** Deleted in the database, or about to be. */
  dropped: boolean;
}

const SEGMENT_BYTES_MAX = 4_000_000;
const NUMBER_DIGITS = 14;

export class TopicLog {
  readonly name: string;
  config: ProtoObject;
  readonly segments: Segment[] = [];
  next: number;
  readonly #idOf: (number: string) => string;

  constructor(name: string, config: ProtoObject, next: number, idOf: (number: string) => string) {
    this.name = name;
    this.config = config;
    this.next = next;
    this.#idOf = idOf;
  }

  /** Gives new messages their places, in new segments that are to be stored. */
  append(
    messages: readonly NewMessage[],
    publishTime_ms: number,
    newId: () => string,
  ): { messages: Message[]; segments: Segment[] } {
    const placed: Message[] = [];
    const segments: Segment[] = [];
    for (const given of messages) {
      const message: Message = { ...given, number: this.next, id: newId(), publishTime_ms };
      this.next += 1;
      placed.push(message);
      let segment = segments.at(-1);
      if (!segment || segment.bytes > SEGMENT_BYTES_MAX) {
        const documentId = this.#idOf(String(message.number).padStart(NUMBER_DIGITS, '0'));
        segment = { documentId, messages: [], bytes: 0, stored: false, dropped: false };
        segments.push(segment);
      }
      segment.messages.push(message);
      segment.bytes += messageBytes(message);
    }
    this.segments.push(...segments);
    return { messages: placed, segments };
  }

  /** Messages that are kept and not in `done`, in order. */
  undone(done: RangeSet): Message[] {
    return this.segments.flatMap(({ messages }) =>
      messages.filter((message) => !done.has(message.number)),
    );
  }

  /** Takes out the stored segments that nobody needs any more. */
  takeDone(isNeeded: (segment: Segment) => boolean): Segment[] {
    const gone = this.segments.filter((segment) => segment.stored && !isNeeded(segment));
    if (gone.length === 0) return gone;
    for (const segment of gone) segment.dropped = true;
    this.segments.splice(0, Infinity, ...this.segments.filter(({ dropped }) => !dropped));
    return gone;
  }
}
