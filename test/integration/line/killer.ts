// Kills actors with -9 while they have work in flight: as soon as the message bus shows that a
// victim has taken a message, or asks for something.

import { databaseNames } from '../../../mockup/core/databases.ts';
import { isClaimed, isOpen, type MessageDocument } from '../../../mockup/platform/bus/message.ts';
import type { Feed } from '../../../mockup/platform/couch/database.ts';
import { connect } from './inspection.ts';
import { processesOf } from './running-line.ts';

export interface Victim {
  /** `xtss@JAO`. */
  address: string;
  /** True for a message that shows that the victim is at work. */
  isAtWork(message: MessageDocument): boolean;
  /** Finds its process by its command line. */
  process: RegExp;
}

/** At work once it has taken a message. */
export function receiver(actor: string, site: string): Victim {
  return {
    address: `${actor}@${site}`,
    isAtWork: (message) =>
      isClaimed(message) &&
      message.delivery?.holder.actor === actor &&
      message.delivery.holder.site === site,
    process: new RegExp(`draws.mjs ${actor} `),
  };
}

/** At work once it has sent a request. */
export function requester(actor: string, site: string): Victim {
  return {
    address: `${actor}@${site}`,
    isAtWork: (message) => isOpen(message) && message.sender === `${actor}@${site}`,
    process: new RegExp(`draws.mjs ${actor} `),
  };
}

export interface Killer {
  /** Addresses of those killed. */
  killed: string[];
  stop(): Promise<void>;
}

/** Each victim is killed once. `pidOf` finds the process of a victim. */
export function startKiller(
  urls: readonly string[],
  victims: readonly Victim[],
  pidOf: (victim: Victim) => number | undefined,
): Killer {
  const waiting = new Set(victims);
  const killed: string[] = [];
  const strike = (message: MessageDocument): void => {
    for (const victim of waiting) {
      if (!victim.isAtWork(message)) continue;
      const pid = pidOf(victim);
      if (pid === undefined) continue;
      waiting.delete(victim);
      process.kill(pid, 'SIGKILL');
      killed.push(victim.address);
    }
  };
  const feeds: Feed[] = urls.map((url) =>
    connect(url)
      .open(databaseNames.messages)
      .follow({
        since: 'now',
        includeDocs: true,
        onChanges: (changes) => {
          for (const { doc } of changes) if (doc) strike(doc as unknown as MessageDocument);
        },
      }),
  );
  return {
    killed,
    stop: async () => {
      await Promise.all(feeds.map((feed) => feed.stop()));
    },
  };
}

/** A process of the line on this data directory, by its command line and its site. */
export function pidIn(directory: string, victim: Victim): number | undefined {
  const [, site = ''] = victim.address.split('@');
  return processesOf(directory).find(
    ({ command, environment }) =>
      victim.process.test(`${command} `) && environment.includes(`DRAWS_LOCATION=${site}\0`),
  )?.pid;
}
