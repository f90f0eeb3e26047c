// What is asked of a Pub/Sub server: one entry for each matter, with its answers.

import { configurationMatters } from './configuration-matters.ts';
import { deliveryMatters } from './delivery-matters.ts';
import { Peer } from './peer.ts';
import { pushMatters } from './push-matters.ts';
import { streamMatters } from './stream-matters.ts';
import { updateMatters } from './update-matters.ts';

export type Matter = (peer: Peer) => Promise<unknown>;

export const MATTERS: Readonly<Record<string, Matter>> = {
  ...configurationMatters,
  ...deliveryMatters,
  ...pushMatters,
  ...streamMatters,
  ...updateMatters,
};

/** The answers of the server at `address` (`127.0.0.1:8085`), by matter and step. */
export async function askAll(address: string): Promise<Record<string, unknown>> {
  const answers = await Promise.all(
    Object.entries(MATTERS).map(async ([name, matter]) => {
      const peer = new Peer(address);
      try {
        return [name, await matter(peer)] as const;
      } catch (error) {
        return [
          name,
          { failed: (error as Error).message.replaceAll(peer.project, 'PROJECT') },
        ] as const;
      } finally {
        await peer.close();
      }
    }),
  );
  return Object.fromEntries(answers);
}
