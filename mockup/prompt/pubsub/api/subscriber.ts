// The calls of service Subscriber with one answer each, for gRPC and REST alike.

import type { Clock } from '../../../platform/clock/clock.ts';
import type { Broker } from '../broker/broker.ts';
import { isAckId } from '../broker/delivery/delivery.ts';
import { toMilliseconds } from '../broker/delivery/durations.ts';
import type { ProtoObject } from '../protocol.ts';
import { invalid, PubsubError } from '../pubsub-error.ts';
import { checkName, checkProject, projectOf } from '../resource-names.ts';
import type { Handlers } from './calls.ts';
import { applyFieldMask } from './field-mask.ts';
import { pageOf } from './paging.ts';
import { checkPullable, pull } from './pull.ts';
import { receivedMessage } from './received-message.ts';

const PULL_MAX = 1000;
const DEADLINE_MAX_S = 600;

const CHANGEABLE = [
  'ackDeadlineSeconds',
  'deadLetterPolicy',
  'enableExactlyOnceDelivery',
  'expirationPolicy',
  'labels',
  'messageRetentionDuration',
  'pushConfig',
  'retainAckedMessages',
  'retryPolicy',
];

export function subscriberHandlers(broker: Broker, clock: Clock): Handlers {
  const name = (given: unknown): string => checkName('subscriptions', given);
  const update = (subscription: string, changes: ProtoObject): Promise<ProtoObject> =>
    broker.updateSubscription(subscription, {
      ...broker.subscriptionConfig(subscription),
      ...changes,
    });
  return {
    CreateSubscription: async (given) => {
      name(given.name);
      checkName('topics', given.topic);
      return broker.createSubscription(given);
    },
    GetSubscription: async ({ subscription }) => broker.subscriptionConfig(name(subscription)),
    UpdateSubscription: async ({ subscription, updateMask }) => {
      const given = (subscription ?? {}) as ProtoObject;
      const current = broker.subscriptionConfig(name(given.name));
      return update(String(given.name), applyFieldMask(current, given, updateMask, CHANGEABLE));
    },
    ListSubscriptions: async (request) => {
      const project = checkProject(request.project);
      const found = broker.subscriptions.filter((one) => projectOf(String(one.name)) === project);
      const { items, nextPageToken } = pageOf(found, (one) => String(one.name), request);
      return { subscriptions: items, nextPageToken };
    },
    DeleteSubscription: async ({ subscription }) => {
      await broker.deleteSubscription(name(subscription));
      return {};
    },
    ModifyPushConfig: async ({ subscription, pushConfig }) => {
      await update(name(subscription), { pushConfig: pushConfig ?? null });
      return {};
    },
    Acknowledge: async ({ subscription, ackIds }) => {
      const found = broker.subscription(name(subscription));
      await broker.acknowledge(found.name, ackIdsOf(ackIds));
      return {};
    },
    ModifyAckDeadline: async ({ subscription, ackIds, ackDeadlineSeconds }) => {
      const deadline_s = Number(ackDeadlineSeconds ?? 0);
      if (deadline_s < 0 || deadline_s > DEADLINE_MAX_S) {
        throw invalid(`ack_deadline_seconds must be from 0 to ${DEADLINE_MAX_S}`);
      }
      const found = broker.subscription(name(subscription));
      broker.modifyDeadline(found.name, ackIdsOf(ackIds), deadline_s * 1000);
      return {};
    },
    Pull: async ({ subscription, maxMessages, returnImmediately }, { signal }) => {
      const wanted = Number(maxMessages ?? 0);
      if (wanted < 1) throw invalid('max_messages must be above 0');
      const found = broker.subscription(name(subscription));
      checkPullable(found);
      const request = {
        maxMessages: Math.min(wanted, PULL_MAX),
        immediately: returnImmediately === true,
        signal,
      };
      const deliveries = await pull(clock, found, request);
      return { receivedMessages: deliveries.map((one) => receivedMessage(one, found)) };
    },
    Seek: async ({ subscription, time, snapshot }) => {
      if (snapshot) throw new PubsubError('UNIMPLEMENTED', 'snapshots are not supported here');
      const time_ms = toMilliseconds(time);
      if (time_ms === undefined) throw invalid('a time to seek to is missing');
      await broker.seek(name(subscription), time_ms);
      return {};
    },
    ListSnapshots: async () => ({ snapshots: [] }),
  };
}

function ackIdsOf(given: unknown): string[] {
  const ackIds = (given ?? []) as string[];
  if (ackIds.length === 0) throw invalid('No ack ids specified.');
  const foreign = ackIds.find((ackId) => !isAckId(ackId));
  if (foreign === undefined) return ackIds;
  const shown = JSON.stringify(foreign.slice(0, 100));
  throw invalid(`You have passed an invalid ack ID to the service (ack_id=${shown}).`);
}
