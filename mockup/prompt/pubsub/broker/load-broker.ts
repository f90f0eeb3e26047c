// Starts a broker with what the database holds: topics, then their segments, then the
// subscriptions, which take up what they are not done with.

import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Database } from '../../../platform/couch/database.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import { fromJson, type ProtoObject, typeNamed } from '../protocol.ts';
import { DELETED_TOPIC } from '../resource-names.ts';
import { Broker } from './broker.ts';
import { messageBytes } from './message.ts';
import { createJournal, type Journal } from './records/journal.ts';
import { MessageIds } from './records/message-ids.ts';
import { messageFromStore, readStored, type StoredDocument } from './records/stored-documents.ts';
import type { LogKey, Segment } from './topic-log.ts';

export interface LoadPorts {
  clock: Clock;
  log: Logger;
  database: Database;
  keptBytes_max: number;
  /** The database can't be written any more: the server must end. */
  onFailure(error: Error): void;
}

type OfKind<K extends StoredDocument['kind']> = Extract<StoredDocument, { kind: K }>;

export async function loadBroker(ports: LoadPorts): Promise<{ broker: Broker; journal: Journal }> {
  const revs = new Map<string, string>();
  const stored: StoredDocument[] = [];
  for (const doc of await ports.database.allDocs()) {
    revs.set(doc._id, doc._rev);
    const read = readStored(doc);
    if (read) stored.push(read);
    else
      ports.log.warn({ document: doc._id }, 'a document that is none of this server: left alone');
  }
  const kind = <K extends StoredDocument['kind']>(name: K): OfKind<K>[] =>
    stored.filter((one): one is OfKind<K> => one.kind === name);

  const journal = createJournal(ports.database, revs, ports.onFailure);
  const ids = new MessageIds(kind('counter')[0]?.reserved);
  journal.mark(ids);
  const epoch = randomBytes(6).toString('base64url');
  const { clock, log, keptBytes_max } = ports;
  const broker = new Broker({ clock, log, journal, ids, epoch, keptBytes_max });

  const keyOf = ({ topic, generation }: LogKey): string => `${generation} ${topic}`;
  const segments = Map.groupBy(kind('segment'), keyOf);
  for (const { name, generation, config } of kind('topic')) {
    const key = { topic: name, generation };
    const found = (segments.get(keyOf(key)) ?? []).map(toSegment);
    broker.addStoredLog(key, configFrom('Topic', config), found);
    segments.delete(keyOf(key));
  }
  // What is left is of deleted topics, for those that still read it.
  for (const left of segments.values()) {
    const [{ topic, generation }] = left as [OfKind<'segment'>];
    broker.addStoredLog({ topic, generation }, undefined, left.map(toSegment));
  }
  const progress = new Map(kind('progress').map(({ name, done }) => [name, done]));
  for (const { name, topic, log, config } of kind('subscription')) {
    broker.addStoredSubscription({
      ...{ name, topic, done: progress.get(name) ?? [] },
      // Those of before there were generations name their topic alone.
      log: log ?? (topic === DELETED_TOPIC ? undefined : { topic, generation: '' }),
      config: configFrom('Subscription', config),
    });
  }
  await journal.commit();
  return { broker, journal };
}

function configFrom(type: 'Topic' | 'Subscription', config: Record<string, unknown>): ProtoObject {
  const proto = typeNamed(type);
  return proto.toObject(fromJson(proto, config), { longs: Number, enums: String });
}

function toSegment({ _id, messages }: OfKind<'segment'>): Segment {
  const kept = messages.map(messageFromStore);
  const bytes = kept.reduce((sum, message) => sum + messageBytes(message), 0);
  return { documentId: _id, messages: kept, bytes, stored: true, dropped: false, offered: true };
}
