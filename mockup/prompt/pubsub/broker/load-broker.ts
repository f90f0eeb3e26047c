// Starts a broker with what the database holds: topics, then their segments, then the
// subscriptions, which take up what they are not done with.

import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Database } from '../../../platform/couch/database.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import { fromJson, type ProtoObject, typeNamed } from '../api/protocol.ts';
import { Broker } from './broker.ts';
import { createJournal, type Journal } from './journal.ts';
import { messageBytes } from './message.ts';
import { MessageIds } from './message-ids.ts';
import { messageFromStore, readStored, type StoredDocument } from './stored-documents.ts';
import type { Segment } from './topic-log.ts';

export interface LoadPorts {
  clock: Clock;
  log: Logger;
  database: Database;
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
  const broker = new Broker({ clock: ports.clock, log: ports.log, journal, ids, epoch });

  const segments = Map.groupBy(kind('segment'), ({ topic }) => topic);
  for (const { name, config } of kind('topic')) {
    const found = segments.get(name) ?? [];
    broker.addStoredTopic(name, configFrom('Topic', config), found.map(toSegment));
  }
  const progress = new Map(kind('progress').map(({ name, done }) => [name, done]));
  for (const { name, topic, config } of kind('subscription')) {
    const done = progress.get(name) ?? [];
    broker.addStoredSubscription({
      name,
      topic,
      config: configFrom('Subscription', config),
      done,
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
  return { documentId: _id, messages: kept, bytes, stored: true, dropped: false };
}
