// The calls of service Publisher, for gRPC and REST alike.

import type { Broker } from '../broker/broker.ts';
import { boundedDuration } from '../broker/delivery/durations.ts';
import type { NewMessage } from '../broker/message.ts';
import type { ProtoObject } from '../protocol.ts';
import { PubsubError } from '../pubsub-error.ts';
import { checkName, checkProject, projectOf } from '../resource-names.ts';
import type { Handlers } from './calls.ts';
import { applyFieldMask } from './field-mask.ts';
import { pageOf } from './paging.ts';

const CHANGEABLE = ['labels', 'messageRetentionDuration', 'messageStoragePolicy'];
const UNSUPPORTED = ['schemaSettings', 'ingestionDataSourceSettings', 'kmsKeyName'] as const;
const DAY_MS = 86_400_000;

export function publisherHandlers(broker: Broker): Handlers {
  return {
    CreateTopic: async (topic) => {
      checkName('topics', topic.name);
      checkTopic(topic);
      return broker.createTopic({ ...topic, state: 'ACTIVE' });
    },
    GetTopic: async ({ topic }) => broker.topic(checkName('topics', topic)),
    UpdateTopic: async ({ topic, updateMask }) => {
      const given = (topic ?? {}) as ProtoObject;
      const name = checkName('topics', given.name);
      const changed = applyFieldMask(broker.topic(name), given, updateMask, CHANGEABLE);
      checkTopic(changed);
      return broker.updateTopic(name, changed);
    },
    DeleteTopic: async ({ topic }) => {
      await broker.deleteTopic(checkName('topics', topic));
      return {};
    },
    ListTopics: async (request) => {
      const project = checkProject(request.project);
      const topics = broker.topics.filter(({ name }) => projectOf(String(name)) === project);
      const { items, nextPageToken } = pageOf(topics, ({ name }) => String(name), request);
      return { topics: items, nextPageToken };
    },
    ListTopicSubscriptions: async (request) => {
      const names = broker.subscriptionsOf(checkName('topics', request.topic));
      const { items, nextPageToken } = pageOf(names, (name) => name, request);
      return { subscriptions: items, nextPageToken };
    },
    ListTopicSnapshots: async () => ({ snapshots: [] }),
    DetachSubscription: async ({ subscription }) => {
      const name = checkName('subscriptions', subscription);
      await broker.detachSubscription(name);
      return {};
    },
    Publish: async ({ topic, messages }) => {
      const given = (messages ?? []) as ProtoObject[];
      return {
        messageIds: await broker.publish(checkName('topics', topic), given.map(toMessage)),
      };
    },
  };
}

function checkTopic(topic: ProtoObject): void {
  for (const key of UNSUPPORTED) {
    if (topic[key]) throw new PubsubError('UNIMPLEMENTED', `${key} is not supported here`);
  }
  boundedDuration(topic.messageRetentionDuration, 'message_retention_duration', {
    minimum_ms: 600_000,
    maximum_ms: 31 * DAY_MS,
    fallback_ms: DAY_MS,
  });
}

function toMessage({ data, attributes, orderingKey }: ProtoObject): NewMessage {
  return {
    data: data instanceof Uint8Array ? Buffer.from(data) : Buffer.alloc(0),
    attributes: (attributes ?? {}) as Record<string, string>,
    orderingKey: String(orderingKey ?? ''),
  };
}
