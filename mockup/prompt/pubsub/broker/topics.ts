// The topics that there are, their documents, and the logs of deleted ones that somebody still reads.

import type { ProtoObject } from '../protocol.ts';
import { PubsubError } from '../pubsub-error.ts';
import { lastPart } from '../resource-names.ts';
import { type KeptDocument, topicDocument } from './records/kept-documents.ts';
import { type LogKey, TopicLog } from './topic-log.ts';

export interface KeptTopic {
  log: TopicLog;
  document: KeptDocument;
}

export class Topics {
  readonly #topics = new Map<string, KeptTopic>();
  readonly #deleted = new Set<TopicLog>();

  get configs(): ProtoObject[] {
    return [...this.#topics.values()].map(({ log }) => log.config);
  }

  /** Of deleted topics too. */
  get logs(): TopicLog[] {
    return [...[...this.#topics.values()].map(({ log }) => log), ...this.#deleted];
  }

  /** Throws NOT_FOUND. */
  get(name: string): KeptTopic {
    const topic = this.#topics.get(name);
    if (topic) return topic;
    throw new PubsubError('NOT_FOUND', `Resource not found (resource=${lastPart(name)}).`);
  }

  findLog({ topic, generation }: LogKey): TopicLog | undefined {
    return this.logs.find((log) => log.name === topic && log.generation === generation);
  }

  /** Throws ALREADY_EXISTS. `next`: the number of its next message. */
  add(key: LogKey, config: ProtoObject, next: number): KeptTopic {
    if (this.#topics.has(key.topic)) {
      throw new PubsubError(
        'ALREADY_EXISTS',
        `Topic already exists (resource=${lastPart(key.topic)}).`,
      );
    }
    const log = new TopicLog(key, config, next);
    const topic = { log, document: topicDocument(log) };
    this.#topics.set(key.topic, topic);
    return topic;
  }

  /** The log of a topic that is gone; what it kept for its own sake ends with it. */
  addDeleted(key: LogKey): TopicLog {
    const log = new TopicLog(key, { name: key.topic }, 0);
    log.deleted = true;
    this.#deleted.add(log);
    return log;
  }

  remove(name: string): KeptTopic {
    const topic = this.get(name);
    this.#topics.delete(name);
    topic.log.deleted = true;
    topic.log.config = { name };
    this.#deleted.add(topic.log);
    return topic;
  }

  /** A deleted one that nobody reads any more. */
  forget(log: TopicLog): void {
    this.#deleted.delete(log);
  }
}
