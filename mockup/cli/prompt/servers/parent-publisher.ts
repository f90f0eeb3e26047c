// A child publishes through its parent: it sends what is to be published over its channel, and is
// told when that is stored. It need not load a client and open a connection for one message.

import { z } from 'zod';
import { describeError } from '../../../core/errors.ts';
import type { Publisher } from '../../../prompt/cloud/cloud-clients.ts';

const request = z.object({
  publish: z.string(),
  id: z.int(),
  messages: z.array(z.object({ data: z.base64(), attributes: z.record(z.string(), z.string()) })),
});
const answer = z.object({ published: z.int(), refused: z.string().optional() });

/** The parent's end of the channel. */
export interface ChildChannel {
  getEachMessage(): AsyncIterable<unknown>;
  sendMessage(message: { published: number; refused?: string }): Promise<void>;
}

/** In the parent, until the child ends. */
export async function answerPublishing(child: ChildChannel, publisher: Publisher): Promise<void> {
  for await (const given of child.getEachMessage()) {
    const read = request.safeParse(given);
    if (!read.success) continue;
    const { publish, id, messages } = read.data;
    let refused: string | undefined;
    try {
      await publisher.publish(
        publish,
        messages.map(({ data, attributes }) => ({
          data: Buffer.from(data, 'base64'),
          attributes,
        })),
      );
    } catch (error) {
      refused = describeError(error);
    }
    await child.sendMessage({ published: id, ...(refused !== undefined && { refused }) });
  }
}

/** In the child. A parent that dies takes it along, so nothing waits for ever. */
export function parentPublisher(): Publisher {
  let last = 0;
  return {
    publish: (topic, messages) =>
      new Promise((resolve, reject) => {
        last += 1;
        const id = last;
        const onMessage = (given: unknown): void => {
          const read = answer.safeParse(given);
          if (!read.success || read.data.published !== id) return;
          process.off('message', onMessage);
          const { refused } = read.data;
          if (refused === undefined) resolve();
          else reject(new Error(`the alerts could not be published: ${refused}`));
        };
        process.on('message', onMessage);
        const encoded = messages.map(({ data, attributes }) => ({
          data: data.toString('base64'),
          attributes,
        }));
        process.send?.({ publish: topic, id, messages: encoded });
      }),
    close: async () => {},
  };
}
