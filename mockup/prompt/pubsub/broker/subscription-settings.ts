// What a subscription's configuration says, read and checked once. The configuration itself stays
// as the client gave it, with the defaults filled in: it is what `GetSubscription` shows.
// Source of limits and defaults: google.pubsub.v1.Subscription.

import { type MessageFilter, parseMessageFilter } from '../message-filter.ts';
import type { ProtoObject } from '../protocol.ts';
import { invalid, PubsubError } from '../pubsub-error.ts';
import { checkName } from '../resource-names.ts';
import { boundedDuration, toMilliseconds, toProtoTime } from './delivery/durations.ts';

export interface SubscriptionSettings {
  ackDeadline_ms: number;
  retention_ms: number;
  retainAcked: boolean;
  ordered: boolean;
  exactlyOnce: boolean;
  /** Undefined: it never expires. */
  expiration_ms: number | undefined;
  filter: MessageFilter;
  filterText: string;
  deadLetter: { topic: string; attemptsMax: number } | undefined;
  /** Undefined: again at once. */
  retry: { minimum_ms: number; maximum_ms: number } | undefined;
  push: { endpoint: string; wrapped: boolean } | undefined;
  /** It gets nothing any more, and nobody may pull from it. */
  detached: boolean;
}

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const ACK_DEADLINE_DEFAULT_S = 10;
const ACK_DEADLINE_MAX_S = 600;
const RETRY_MAX_MS = 600 * SECOND_MS;
const UNSUPPORTED = ['bigqueryConfig', 'cloudStorageConfig', 'bigtableConfig'] as const;

/** Throws INVALID_ARGUMENT or UNIMPLEMENTED. */
export function readSubscriptionSettings(config: ProtoObject): SubscriptionSettings {
  for (const key of UNSUPPORTED) {
    if (config[key]) throw new PubsubError('UNIMPLEMENTED', `${key} is not supported here`);
  }
  if ((config.messageTransforms as unknown[] | undefined)?.length) {
    throw new PubsubError('UNIMPLEMENTED', 'message transforms are not supported here');
  }
  const filterText = String(config.filter ?? '');
  return {
    ackDeadline_ms: ackDeadline_ms(config.ackDeadlineSeconds),
    retention_ms: boundedDuration(config.messageRetentionDuration, 'message_retention_duration', {
      minimum_ms: 600 * SECOND_MS,
      maximum_ms: 31 * DAY_MS,
      fallback_ms: 7 * DAY_MS,
    }),
    retainAcked: config.retainAckedMessages === true,
    ordered: config.enableMessageOrdering === true,
    exactlyOnce: config.enableExactlyOnceDelivery === true,
    expiration_ms: expiration_ms(config.expirationPolicy),
    filter: parseMessageFilter(filterText),
    filterText,
    deadLetter: deadLetter(config.deadLetterPolicy),
    retry: retry(config.retryPolicy),
    push: config.detached === true ? undefined : push(config.pushConfig),
    detached: config.detached === true,
  };
}

/** The configuration with what the server fills in. */
export function withDefaults(config: ProtoObject, settings: SubscriptionSettings): ProtoObject {
  return {
    ...config,
    ackDeadlineSeconds: settings.ackDeadline_ms / SECOND_MS,
    pushConfig: config.pushConfig ?? {},
    messageRetentionDuration: toProtoTime(settings.retention_ms),
    expirationPolicy: config.expirationPolicy ?? { ttl: toProtoTime(31 * DAY_MS) },
    ...(settings.retry && {
      retryPolicy: {
        minimumBackoff: toProtoTime(settings.retry.minimum_ms),
        maximumBackoff: toProtoTime(settings.retry.maximum_ms),
      },
    }),
    ...(settings.deadLetter && {
      deadLetterPolicy: {
        deadLetterTopic: settings.deadLetter.topic,
        maxDeliveryAttempts: settings.deadLetter.attemptsMax,
      },
    }),
    state: 'ACTIVE',
  };
}

function ackDeadline_ms(given: unknown): number {
  const seconds = Number(given ?? 0) || ACK_DEADLINE_DEFAULT_S;
  if (seconds >= ACK_DEADLINE_DEFAULT_S && seconds <= ACK_DEADLINE_MAX_S) {
    return seconds * SECOND_MS;
  }
  throw invalid(`ack_deadline_seconds must be from 10 to ${ACK_DEADLINE_MAX_S}, not ${seconds}`);
}

function expiration_ms(policy: unknown): number | undefined {
  if (policy === null || policy === undefined) return 31 * DAY_MS;
  const ttl_ms = toMilliseconds((policy as ProtoObject).ttl);
  if (ttl_ms === undefined) return undefined;
  if (ttl_ms < DAY_MS) throw invalid('expiration_policy.ttl must be one day or more');
  return ttl_ms;
}

function deadLetter(policy: unknown): SubscriptionSettings['deadLetter'] {
  if (!policy) return undefined;
  const { deadLetterTopic, maxDeliveryAttempts } = policy as ProtoObject;
  const attemptsMax = Number(maxDeliveryAttempts ?? 0) || 5;
  if (attemptsMax < 5 || attemptsMax > 100) {
    throw new PubsubError(
      'OUT_OF_RANGE',
      `max_delivery_attempts must be from 5 to 100, not ${attemptsMax}`,
    );
  }
  return { topic: checkName('topics', deadLetterTopic), attemptsMax };
}

function retry(policy: unknown): SubscriptionSettings['retry'] {
  if (!policy) return undefined;
  const { minimumBackoff, maximumBackoff } = policy as ProtoObject;
  const bounds = { minimum_ms: 0, maximum_ms: RETRY_MAX_MS };
  const minimum_ms = boundedDuration(minimumBackoff, 'retry_policy.minimum_backoff', {
    ...bounds,
    fallback_ms: 10 * SECOND_MS,
  });
  const maximum_ms = boundedDuration(maximumBackoff, 'retry_policy.maximum_backoff', {
    ...bounds,
    fallback_ms: RETRY_MAX_MS,
  });
  if (minimum_ms > maximum_ms)
    throw invalid('retry_policy: minimum_backoff above maximum_backoff');
  return { minimum_ms, maximum_ms };
}

function push(config: unknown): SubscriptionSettings['push'] {
  const { pushEndpoint, noWrapper } = (config ?? {}) as ProtoObject;
  if (!pushEndpoint) return undefined;
  const endpoint = String(pushEndpoint);
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw invalid('push_config.push_endpoint is no http or https URL');
  }
  return { endpoint, wrapped: !noWrapper };
}
