// Calls to any Pub/Sub server, ours or another one: REST by fetch, gRPC by Google's own client. What
// differs from run to run (ids, times, projects, the words of errors) is taken out of the answers.

import { randomBytes } from 'node:crypto';
import { v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';

// Google's client would look for a cloud around this machine.
process.env.METADATA_SERVER_DETECTION ??= 'none';

export type Json = Record<string, unknown>;

export interface Received {
  ackId: string;
  deliveryAttempt?: number;
  message: {
    data?: string;
    attributes?: Record<string, string>;
    messageId: string;
    orderingKey?: string;
  };
}

/** A server's address with a project of its own on it. */
export class Peer {
  readonly address: string;
  readonly project = `run-${randomBytes(5).toString('hex')}`;
  readonly publisher: v1.PublisherClient;
  readonly subscriber: v1.SubscriberClient;

  constructor(address: string) {
    this.address = address;
    const [servicePath, port] = address.split(':') as [string, string];
    const options = {
      ...{ servicePath, port: Number(port), projectId: this.project },
      sslCreds: credentials.createInsecure(),
    };
    this.publisher = new v1.PublisherClient(options);
    this.subscriber = new v1.SubscriberClient(options);
  }

  topic(id: string): string {
    return `projects/${this.project}/topics/${id}`;
  }

  subscription(id: string): string {
    return `projects/${this.project}/subscriptions/${id}`;
  }

  /** The answer as it came. */
  async raw(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Json }> {
    const answer = await fetch(`http://${this.address}/v1/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : {} };
  }

  /** Status and answer, without what differs from run to run. */
  async rest(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.raw(method, path, body);
    const error = answer.body.error as { status?: string } | undefined;
    if (error) return `${answer.status} ${error.status}`;
    if (answer.status >= 400) return String(answer.status);
    return this.plain(answer.body);
  }

  /** As `rest`, and only whether it was accepted. */
  async verdict(method: string, path: string, body?: unknown): Promise<string> {
    const answer = await this.rest(method, path, body);
    return typeof answer === 'string' ? answer : 'accepted';
  }

  /** The code of a gRPC call, or its answer. */
  async grpc(call: Promise<unknown>): Promise<unknown> {
    try {
      const [answer] = (await call) as [unknown];
      return this.plain(answer);
    } catch (error) {
      return `code ${(error as { code?: number }).code}`;
    }
  }

  async createTopic(id: string, config: Json = {}): Promise<string> {
    const name = this.topic(id);
    await this.must('PUT', name, config);
    return name;
  }

  async createSubscription(id: string, topic: string, config: Json = {}): Promise<string> {
    const name = this.subscription(id);
    await this.must('PUT', name, { topic, ...config });
    return name;
  }

  async publish(topic: string, ...messages: (string | Json)[]): Promise<void> {
    await this.must('POST', `${topic}:publish`, {
      messages: messages.map((one) => (typeof one === 'string' ? { data: base64(one) } : one)),
    });
  }

  /** Pulls until there are as many as expected, or nothing more comes for a while. */
  async pull(subscription: string, expected: number, wait_ms = 3000): Promise<Received[]> {
    const found: Received[] = [];
    const until_ms = Date.now() + wait_ms;
    while (found.length < expected && Date.now() < until_ms) {
      const { body } = await this.must('POST', `${subscription}:pull`, {
        ...{ maxMessages: expected - found.length, returnImmediately: true },
      });
      found.push(...((body.receivedMessages ?? []) as Received[]));
      if (found.length < expected) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return found;
  }

  async acknowledge(subscription: string, received: readonly Received[]): Promise<void> {
    await this.must('POST', `${subscription}:acknowledge`, {
      ackIds: received.map(({ ackId }) => ackId),
    });
  }

  async giveBack(subscription: string, received: readonly Received[]): Promise<void> {
    await this.must('POST', `${subscription}:modifyAckDeadline`, {
      ...{ ackIds: received.map(({ ackId }) => ackId), ackDeadlineSeconds: 0 },
    });
  }

  async must(method: string, path: string, body?: unknown): Promise<{ body: Json }> {
    const answer = await this.raw(method, path, body);
    if (answer.status === 200) return answer;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  plain(value: unknown): unknown {
    const text = JSON.stringify(value, (key, one) => (DIFFERING.has(key) ? undefined : one));
    return text === undefined ? undefined : JSON.parse(text.replaceAll(this.project, 'PROJECT'));
  }

  async close(): Promise<void> {
    await Promise.all([this.publisher.close(), this.subscriber.close()]);
  }
}

const DIFFERING = new Set(['ackId', 'messageId', 'message_id', 'publishTime', 'publish_time']);

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

export function texts(received: readonly Received[]): string[] {
  return received.map(({ message }) => Buffer.from(message.data ?? '', 'base64').toString());
}
