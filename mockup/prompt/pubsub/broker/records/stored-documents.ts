// The documents of the broker in database `pubsub`, and how they are read back.
//
// | `_id`                                | holds                                                     |
// |--------------------------------------|-----------------------------------------------------------|
// | `topic_projects_P_topics_T`          | `config`, as the REST API shows it; `generation`          |
// | `subscription_projects_P_…_S`        | `config`, `topic`; `log`: which topic's log it reads      |
// | `progress_projects_P_…_S`            | `done`: ranges of message numbers; how many are waiting   |
// | `segment-G_projects_P_topics_T_NUMBER` | `messages` that were published together                 |
// | `counter`                            | `reserved`: message ids up to here may have been given out |

import { z } from 'zod';
import type { Stored } from '../../../../platform/couch/database.ts';
import type { ProtoObject } from '../../protocol.ts';
import type { Range } from '../delivery/range-set.ts';
import type { PubsubMessage } from '../message.ts';
import type { LogKey } from '../topic-log.ts';

const message = z.object({
  number: z.int(),
  id: z.string(),
  data: z.string(),
  attributes: z.record(z.string(), z.string()).default({}),
  orderingKey: z.string().default(''),
  publishTime: z.number(),
});

const range = z.tuple([z.int(), z.int()]);
const config = z.record(z.string(), z.unknown());
/** Topics of before there were generations have none. */
const generation = z.string().default('');
const log = z.object({ topic: z.string(), generation });

const document = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('topic'), name: z.string(), generation, config }),
  z.object({
    kind: z.literal('subscription'),
    name: z.string(),
    topic: z.string(),
    log: log.optional(),
    config,
  }),
  z.object({ kind: z.literal('progress'), name: z.string(), done: z.array(range) }),
  z.object({
    kind: z.literal('segment'),
    topic: z.string(),
    generation,
    messages: z.array(message),
  }),
  z.object({ kind: z.literal('counter'), reserved: z.int() }),
]);

export type StoredDocument = Stored<z.infer<typeof document>>;

/** Undefined for what is no document of the broker. */
export function readStored(doc: Stored<unknown>): StoredDocument | undefined {
  const read = document.safeParse(doc);
  return read.success ? { ...read.data, _id: doc._id, _rev: doc._rev } : undefined;
}

export function messageToStore(one: PubsubMessage): z.input<typeof message> {
  return {
    number: one.number,
    id: one.id,
    data: one.data.toString('base64'),
    ...(Object.keys(one.attributes).length > 0 && { attributes: one.attributes }),
    ...(one.orderingKey !== '' && { orderingKey: one.orderingKey }),
    publishTime: one.publishTime_ms,
  };
}

export function messageFromStore(one: z.output<typeof message>): PubsubMessage {
  const { publishTime, data, ...rest } = one;
  return { ...rest, data: Buffer.from(data, 'base64'), publishTime_ms: publishTime };
}

/** A subscription as it is read back. */
export interface StoredSubscription {
  name: string;
  topic: string;
  /** Undefined where it was detached. */
  log?: LogKey | undefined;
  config: ProtoObject;
  done: Range[];
}
