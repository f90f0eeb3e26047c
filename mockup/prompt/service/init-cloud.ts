// Topics, buckets, notifications and the push subscription, as the playbook describes them.

import { type CreateSubscriptionOptions, PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { instruments } from '../../core/prompt/instruments.ts';
import { SAMPLE_BUCKET } from './buckets.ts';
import { ALERT_TOPIC } from './pipelines-in-order.ts';

export interface CloudPlan {
  projectId: string;
  /** The service's URL with its route; the token is added to it. */
  endpoint: string;
  token: string;
  bucket: string;
  ackDeadline_s: number;
  /** Default `nextVisit-sub`. */
  subscription?: string;
  /** Which visits it lets pass; all without it. */
  filter?: string;
}

export const NEXT_VISIT_SUBSCRIPTION = 'nextVisit-sub';
const RETENTION_S = 600;
const CONFLICT = 409;
const ALREADY_EXISTS = 6;

/** Makes what is not there yet; returns the names of what it made. */
export async function initCloud(plan: CloudPlan): Promise<string[]> {
  const pubsub = new PubSub({ projectId: plan.projectId });
  const storage = new Storage({ projectId: plan.projectId });
  const made: string[] = [];
  const make = async (name: string, create: () => Promise<unknown>): Promise<void> => {
    try {
      await create();
      made.push(name);
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code !== ALREADY_EXISTS && code !== CONFLICT) throw error;
    }
  };
  try {
    const images = instruments.map(({ name }) => `${name}-image`);
    for (const topic of ['nextVisit', 'nextVisit-pointing', ALERT_TOPIC, ...images]) {
      await make(`topic ${topic}`, () => pubsub.createTopic(topic));
    }
    for (const bucket of [plan.bucket, SAMPLE_BUCKET]) {
      await make(`bucket ${bucket}`, () => storage.createBucket(bucket));
    }
    await makeNotifications(storage, plan, made);
    const { subscription = NEXT_VISIT_SUBSCRIPTION } = plan;
    await make(`subscription ${subscription}`, () =>
      pubsub.topic('nextVisit').createSubscription(subscription, nextVisitSubscription(plan)),
    );
    return made;
  } finally {
    await pubsub.close();
  }
}

async function makeNotifications(
  storage: Storage,
  { bucket: name, projectId }: CloudPlan,
  made: string[],
): Promise<void> {
  const bucket = storage.bucket(name);
  const [there] = await bucket.getNotifications();
  const prefixes = new Set(there.map(({ metadata }) => metadata?.object_name_prefix));
  for (const instrument of instruments) {
    const prefix = `${instrument.name}/`;
    if (prefixes.has(prefix)) continue;
    await bucket.createNotification(`projects/${projectId}/topics/${instrument.name}-image`, {
      eventTypes: ['OBJECT_FINALIZE'],
      objectNamePrefix: prefix,
      payloadFormat: 'JSON_API_V1',
    });
    made.push(`notification of ${prefix}`);
  }
}

function nextVisitSubscription({ endpoint, token, ackDeadline_s, filter }: CloudPlan) {
  const url = new URL(endpoint);
  url.searchParams.set('token', token);
  return {
    pushConfig: { pushEndpoint: url.href },
    ackDeadlineSeconds: ackDeadline_s,
    messageRetentionDuration: { seconds: RETENTION_S },
    retainAckedMessages: false,
    // Without a time to live it never expires.
    expirationPolicy: {},
    ...(filter !== undefined && { filter }),
  } satisfies CreateSubscriptionOptions;
}
