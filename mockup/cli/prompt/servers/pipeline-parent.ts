// What the pipeline's process asks of the one that started it, over their channel: to publish (it need
// not load a client and open a connection for one message), and whether it may still write (another
// worker may have the visit by now).

import { z } from 'zod';
import { describeError } from '../../../core/errors.ts';
import type { Publisher } from '../../../prompt/cloud/cloud-clients.ts';

const messages = z.array(
  z.object({ data: z.base64(), attributes: z.record(z.string(), z.string()) }),
);
const request = z.union([
  z.object({ publish: z.string(), id: z.int(), messages }),
  z.object({ confirm: z.literal(true), id: z.int() }),
]);
const answer = z.object({ answered: z.int(), refused: z.string().optional() });

type Request = z.infer<typeof request>;
/** `Omit` of each of them. */
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

export interface PipelineParent {
  publisher: Publisher;
  /** Rejects where nothing may be written any more. */
  confirm(): Promise<void>;
}

/** The parent's end of the channel. */
export interface ChildChannel {
  getEachMessage(): AsyncIterable<unknown>;
  sendMessage(message: { answered: number; refused?: string }): Promise<void>;
}

/** In the parent, until the child ends. */
export async function answerPipeline(
  child: ChildChannel,
  {
    publisher,
    confirm,
  }: Pick<PipelineParent, 'confirm'> & { publisher: Pick<Publisher, 'publish'> },
): Promise<void> {
  for await (const given of child.getEachMessage()) {
    const read = request.safeParse(given);
    if (!read.success) continue;
    const { data } = read;
    let refused: string | undefined;
    try {
      if ('confirm' in data) await confirm();
      else await publisher.publish(data.publish, data.messages.map(decoded));
    } catch (error) {
      refused = describeError(error);
    }
    await child.sendMessage({ answered: data.id, ...(refused !== undefined && { refused }) });
  }
}

/** In the child. A parent that dies takes it along, so nothing waits for ever. */
export function pipelineParent(): PipelineParent {
  let last = 0;
  const ask = (asked: WithoutId<Request>, otherwise: string): Promise<void> =>
    new Promise((resolve, reject) => {
      last += 1;
      const id = last;
      const onMessage = (given: unknown): void => {
        const read = answer.safeParse(given);
        if (!read.success || read.data.answered !== id) return;
        process.off('message', onMessage);
        const { refused } = read.data;
        if (refused === undefined) resolve();
        else reject(new Error(`${otherwise}: ${refused}`));
      };
      process.on('message', onMessage);
      process.send?.({ ...asked, id });
    });
  return {
    confirm: () => ask({ confirm: true }, 'nothing was written'),
    publisher: {
      publish: (topic, given) => {
        const encoded = given.map(({ data, attributes }) => ({
          data: data.toString('base64'),
          attributes,
        }));
        const asked = { publish: topic, messages: encoded };
        return ask(asked, 'the alerts could not be published');
      },
      close: async () => {},
    },
  };
}

function decoded({ data, attributes }: z.infer<typeof messages>[number]) {
  return { data: Buffer.from(data, 'base64'), attributes };
}
