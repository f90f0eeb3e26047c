// The broker's things as documents of the journal: each knows its content and its last revision.

import { type ProtoObject, toJson, typeNamed } from '../../protocol.ts';
import { documentId } from '../../resource-names.ts';
import type { Subscription } from '../subscription.ts';
import type { Segment, TopicLog } from '../topic-log.ts';
import type { Dirty } from './journal.ts';
import { messageToStore } from './stored-documents.ts';

/** A document whose content is taken when it is written; `gone` deletes it. */
export class KeptDocument implements Dirty {
  readonly id: string;
  readonly bytes = 2000;
  readonly #content: () => Record<string, unknown>;
  #gone = false;

  constructor(id: string, content: () => Record<string, unknown>) {
    this.id = id;
    this.#content = content;
  }

  content(): Record<string, unknown> | undefined {
    return this.#gone ? undefined : this.#content();
  }

  /** Deletes it with the next write; one with the same id may follow it. */
  remove(): this {
    this.#gone = true;
    return this;
  }
}

export function topicDocument(topic: TopicLog): KeptDocument {
  const { name, generation } = topic;
  const content = () => ({ kind: 'topic', name, generation, config: json('Topic', topic.config) });
  return new KeptDocument(documentId('topic', topic.name), content);
}

export function subscriptionDocument(
  subscription: Subscription,
  kept: () => { config: ProtoObject; log: TopicLog | undefined },
): KeptDocument {
  const { name } = subscription;
  const content = () => {
    const { config, log } = kept();
    return {
      ...{ kind: 'subscription', name, topic: subscription.topic },
      ...(log && { log: { topic: log.name, generation: log.generation } }),
      config: json('Subscription', config),
    };
  };
  return new KeptDocument(documentId('subscription', name), content);
}

/** Written after each acknowledgement; the counts are for people and the dashboard. */
export function progressDocument(subscription: Subscription): KeptDocument {
  const content = () => ({
    kind: 'progress',
    name: subscription.name,
    done: subscription.done.ranges.map((range) => [...range]),
    waiting: subscription.undelivered,
    outstanding: subscription.outstanding,
  });
  return new KeptDocument(documentId('progress', subscription.name), content);
}

export function segmentDocument(topic: TopicLog, segment: Segment): Dirty {
  return {
    id: segment.documentId,
    bytes: Math.ceil(segment.bytes * 1.4) + segment.messages.length * 150,
    content: () =>
      segment.dropped
        ? undefined
        : {
            ...{ kind: 'segment', topic: topic.name, generation: topic.generation },
            messages: segment.messages.map(messageToStore),
          },
    stored: () => {
      segment.stored = true;
    },
  };
}

function json(type: 'Topic' | 'Subscription', config: ProtoObject): unknown {
  return toJson(typeNamed(type), config);
}
