// The topics that there are, and their documents.

import type { ProtoObject } from '../api/protocol.ts';
import { PubsubError } from '../pubsub-error.ts';
import { documentId, lastPart } from '../resource-names.ts';
import { type KeptDocument, topicDocument } from './kept-documents.ts';
import { TopicLog } from './topic-log.ts';

export interface KeptTopic {
  log: TopicLog;
  document: KeptDocument;
}

export class Topics {
  readonly #topics = new Map<string, KeptTopic>();

  get names(): string[] {
    return [...this.#topics.keys()];
  }

  get configs(): ProtoObject[] {
    return [...this.#topics.values()].map(({ log }) => log.config);
  }

  find(name: string): TopicLog | undefined {
    return this.#topics.get(name)?.log;
  }

  /** Throws NOT_FOUND. */
  get(name: string): KeptTopic {
    const topic = this.#topics.get(name);
    if (topic) return topic;
    throw new PubsubError('NOT_FOUND', `Resource not found (resource=${lastPart(name)}).`);
  }

  /** Throws ALREADY_EXISTS. `next`: the number of its next message. */
  add(name: string, config: ProtoObject, next: number): KeptTopic {
    if (this.#topics.has(name)) {
      throw new PubsubError(
        'ALREADY_EXISTS',
        `Topic already exists (resource=${lastPart(name)}).`,
      );
    }
    const idOf = (number: string): string => `${documentId('segment', name)}_${number}`;
    const log = new TopicLog(name, config, next, idOf);
    const topic = { log, document: topicDocument(log) };
    this.#topics.set(name, topic);
    return topic;
  }

  remove(name: string): KeptTopic {
    const topic = this.get(name);
    this.#topics.delete(name);
    return topic;
  }
}
