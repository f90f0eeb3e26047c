// Pub/Sub and storage through Google's own clients: which servers they talk to is said by
// PUBSUB_EMULATOR_HOST and STORAGE_EMULATOR_HOST, or by nothing for the real ones.

import type { Message, PubSub } from '@google-cloud/pubsub';
import type { Storage } from '@google-cloud/storage';
import type { ImageEvent } from '../visits/late-images.ts';

export interface Publisher {
  /** Resolves when all are stored there. `topic`: its last part. */
  publish(
    topic: string,
    messages: readonly { data: Buffer; attributes: Record<string, string> }[],
  ): Promise<void>;
  close(): Promise<void>;
}

export interface Subscribed {
  readonly name: string;
  /** Deletes the subscription. */
  end(): Promise<void>;
}

export type CloudMessage = Pick<Message, 'id' | 'data' | 'attributes' | 'publishTime'>;

export interface Followed {
  /** The subscription stays. */
  stop(): Promise<void>;
}

export interface Bucket {
  list(prefix: string): Promise<ImageEvent[]>;
  read(object: string): Promise<Buffer>;
}

export interface CloudClients {
  publisher: Publisher;
  /** Every image event that its filter lets pass goes to `onEvent`, and is acknowledged. */
  subscribe(
    topic: string,
    name: string,
    filter: string,
    onEvent: (event: ImageEvent) => void,
    onError: (error: Error) => void,
  ): Promise<Subscribed>;
  /**
   * Makes a lasting subscription where it is not there, and follows it. `onMessage` says whether
   * the message is done with; if not, or where it rejects, it comes again after a while.
   */
  follow(
    topic: string,
    name: string,
    onMessage: (message: CloudMessage) => Promise<boolean>,
    onError: (error: Error) => void,
  ): Promise<Followed>;
  /** Nothing happens where there is none. */
  deleteSubscription(name: string): Promise<void>;
  bucket(name: string): Bucket;
  close(): Promise<void>;
}

const PROJECT = 'prompt-proto';
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
/** Five streams for each subscription, as by default, would be a thousand for one visit of LSSTCam. */
const FOR_FEW_MESSAGES = { streamingOptions: { maxStreams: 1 } };
const DAY_S = 86_400;
const FOLLOWED_RETENTION_S = 3_600;

export async function openCloudClients(
  env: Readonly<Record<string, string | undefined>>,
): Promise<CloudClients> {
  const projectId = env.GOOGLE_CLOUD_PROJECT ?? env.PUBSUB_PROJECT_ID ?? PROJECT;
  const { PubSub: Client } = await import('@google-cloud/pubsub');
  const pubsub: PubSub = new Client({ projectId });
  let storage: Promise<Storage> | undefined;
  const publisher = publisherOf(pubsub);
  return {
    publisher,
    subscribe: (topic, name, filter, onEvent, onError) =>
      subscribe(pubsub, { topic, name, filter }, onEvent, onError),
    follow: (topic, name, onMessage, onError) =>
      follow(pubsub, { topic, name }, onMessage, onError),
    deleteSubscription: async (name) => {
      await pubsub
        .subscription(name)
        .delete()
        .catch((error: { code?: unknown }) => {
          if (error.code !== NOT_FOUND) throw error;
        });
    },
    bucket: (name) => {
      storage ??= import('@google-cloud/storage').then(
        ({ Storage: StorageClient }) => new StorageClient({ projectId }),
      );
      return bucketOf(storage, name);
    },
    close: () => pubsub.close(),
  };
}

function publisherOf(pubsub: PubSub): Publisher {
  return {
    publish: async (topic, messages) => {
      const target = pubsub.topic(topic, { batching: { maxMilliseconds: 5 } });
      await Promise.all(messages.map((message) => target.publishMessage(message)));
    },
    close: () => pubsub.close(),
  };
}

async function subscribe(
  pubsub: PubSub,
  { topic, name, filter }: { topic: string; name: string; filter: string },
  onEvent: (event: ImageEvent) => void,
  onError: (error: Error) => void,
): Promise<Subscribed> {
  await pubsub.topic(topic).createSubscription(name, {
    ackDeadlineSeconds: 60,
    // A worker that is killed can't delete it: it goes by itself after a day.
    expirationPolicy: { ttl: { seconds: DAY_S } },
    ...(filter !== '' && { filter }),
  });
  const subscription = pubsub.subscription(name, FOR_FEW_MESSAGES);
  subscription.on('message', (message: Message) => {
    message.ack();
    const event = imageEvent(message);
    if (event) onEvent(event);
  });
  subscription.on('error', onError);
  return {
    name,
    end: async () => {
      await subscription.close();
      await subscription.delete().catch((error: { code?: unknown }) => {
        if (error.code !== NOT_FOUND) throw error;
      });
    },
  };
}

async function follow(
  pubsub: PubSub,
  { topic, name }: { topic: string; name: string },
  onMessage: (message: CloudMessage) => Promise<boolean>,
  onError: (error: Error) => void,
): Promise<Followed> {
  await pubsub
    .topic(topic)
    .createSubscription(name, {
      ackDeadlineSeconds: 60,
      messageRetentionDuration: { seconds: FOLLOWED_RETENTION_S },
      expirationPolicy: {},
      retryPolicy: { minimumBackoff: { seconds: 5 }, maximumBackoff: { seconds: 30 } },
    })
    .catch((error: { code?: unknown }) => {
      if (error.code !== ALREADY_EXISTS) throw error;
    });
  const subscription = pubsub.subscription(name, FOR_FEW_MESSAGES);
  subscription.on('message', (message: Message) => {
    onMessage(message).then(
      (isDone) => (isDone ? message.ack() : message.nack()),
      (error: Error) => {
        message.nack();
        onError(error);
      },
    );
  });
  subscription.on('error', onError);
  return { stop: () => subscription.close() };
}

/** Undefined for what tells of something else. */
export function imageEvent({ attributes, publishTime }: CloudMessage): ImageEvent | undefined {
  const { objectId, eventType, eventTime } = attributes;
  if (objectId === undefined || (eventType ?? 'OBJECT_FINALIZE') !== 'OBJECT_FINALIZE') {
    return undefined;
  }
  return { object: objectId, stored: eventTime ?? publishTime.toISOString() };
}

function bucketOf(storage: Promise<Storage>, name: string): Bucket {
  return {
    list: async (prefix) => {
      const [files] = await (await storage).bucket(name).getFiles({ prefix });
      return files.map((file) => ({
        object: file.name,
        stored: String(file.metadata.timeCreated ?? ''),
      }));
    },
    read: async (object) => {
      const [content] = await (await storage).bucket(name).file(object).download();
      return content;
    },
  };
}
