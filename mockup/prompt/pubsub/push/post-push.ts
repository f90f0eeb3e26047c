// One push: a POST that follows no redirect, reads no long answer, and never goes to an address at
// which a cloud's metadata service may be.

import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import type { Delivery } from '../broker/delivery/delivery.ts';
import type { Subscription } from '../broker/subscription.ts';

export interface PostPush {
  /** Undefined: accepted; else why it was not. Never rejects. */
  send(
    endpoint: string,
    subscription: Subscription,
    delivery: Delivery,
    signal: AbortSignal,
  ): Promise<string | undefined>;
  close(): Promise<void>;
}

// Source: "push subscriptions", Cloud Pub/Sub.
const ACCEPTED = [102, 200, 201, 202, 204];
const ANSWER_BYTES_MAX = 64 * 1024;

const forbidden = new BlockList();
forbidden.addSubnet('169.254.0.0', 16, 'ipv4');
forbidden.addSubnet('fe80::', 10, 'ipv6');
forbidden.addAddress('fd00:ec2::254', 'ipv6');
forbidden.addAddress('fd20:ce::254', 'ipv6');
forbidden.addAddress('100.100.100.200', 'ipv4');
forbidden.addSubnet('0.0.0.0', 8, 'ipv4');
forbidden.addSubnet('224.0.0.0', 3, 'ipv4');

export function createPoster(): PostPush {
  const agent = new Agent({ connect: { lookup: safeLookup }, connections: 1000 });
  return {
    send: async (endpoint, subscription, delivery, signal) => {
      const literal = new URL(endpoint).hostname.replaceAll(/[[\]]/g, '');
      if (isForbidden(literal)) return `${literal} is no address to push to`;
      try {
        const answer = await request(endpoint, {
          method: 'POST',
          dispatcher: agent,
          signal,
          headersTimeout: 0,
          bodyTimeout: 0,
          ...content(subscription, delivery),
        });
        await answer.body.dump({ limit: ANSWER_BYTES_MAX, signal });
        if (ACCEPTED.includes(answer.statusCode)) return undefined;
        return `status ${answer.statusCode}`;
      } catch (error) {
        return (error as Error).message.slice(0, 200);
      }
    },
    close: () => agent.destroy(),
  };
}

function content(subscription: Subscription, { message, attempt }: Delivery) {
  const { settings, name } = subscription;
  if (settings.push && !settings.push.wrapped) {
    return { body: message.data, headers: { 'content-type': 'application/octet-stream' } };
  }
  const publishTime = new Date(message.publishTime_ms).toISOString();
  const body = {
    ...(settings.deadLetter && { deliveryAttempt: attempt + 1 }),
    message: {
      attributes: message.attributes,
      data: message.data.toString('base64'),
      messageId: message.id,
      message_id: message.id,
      ...(message.orderingKey !== '' && { orderingKey: message.orderingKey }),
      publishTime,
      publish_time: publishTime,
    },
    subscription: name,
  };
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

function isForbidden(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && forbidden.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** The address is checked when it is used: a name may lead elsewhere from one moment to the next. */
const safeLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const found = error ? [] : addresses;
    const good = found.filter(({ address }) => !isForbidden(address));
    const [first] = good;
    if (error || !first) {
      const reason = error ?? new Error(`${hostname} leads to no address to push to`);
      callback(reason as NodeJS.ErrnoException, '', 4);
    } else if (options.all) callback(null, good);
    else callback(null, first.address, first.family);
  });
};
