// A cloud in memory: subscriptions to image events, a bucket, and what was published.

import type {
  Bucket,
  CloudClients,
  Subscribed,
} from '../../../mockup/prompt/cloud/cloud-clients.ts';
import type { ImageEvent } from '../../../mockup/prompt/visits/late-images.ts';

export class FakeCloud {
  /** By name. */
  readonly subscriptions = new Map<string, (event: ImageEvent) => void>();
  readonly objects = new Map<string, ImageEvent>();
  /** Of objects that hold more than `Test`. */
  readonly contents = new Map<string, Buffer>();
  /** What fails while it is set. */
  failing = new Set<'subscribe' | 'end' | 'list' | 'read'>();
  /** Events that get lost: the object is there, and nobody is told. */
  loses = false;

  put(object: string, stored: string): void {
    this.objects.set(object, { object, stored });
    if (this.loses) return;
    for (const tell of this.subscriptions.values()) tell({ object, stored });
  }

  readonly clients: Pick<CloudClients, 'subscribe' | 'deleteSubscription' | 'bucket'> = {
    subscribe: async (_topic, name, _filter, onEvent): Promise<Subscribed> => {
      this.#check('subscribe');
      this.subscriptions.set(name, onEvent);
      return {
        name,
        end: async () => {
          this.#check('end');
          this.subscriptions.delete(name);
        },
      };
    },
    deleteSubscription: async (name) => {
      this.#check('end');
      this.subscriptions.delete(name);
    },
    bucket: (): Bucket => ({
      list: async (prefix) => {
        this.#check('list');
        return [...this.objects.values()].filter(({ object }) => object.startsWith(prefix));
      },
      read: async (object) => {
        this.#check('read');
        return this.contents.get(object) ?? Buffer.from('Test');
      },
    }),
  };

  #check(what: 'subscribe' | 'end' | 'list' | 'read'): void {
    if (this.failing.has(what)) throw new Error(`${what} failed`);
  }
}
