// The cable between the two hosts: a veth pair with one end in each. It can be cut at one end, and
// made slow, which loses what does not fit into a short queue.

import { execFileSync } from 'node:child_process';
import type { Host } from './host.ts';

const LINK = 'link0';
/** 256 kbit/s with room for a few packets: rsync and replication crawl and lose packets. */
const NARROW = ['tbf', 'rate', '256kbit', 'burst', '4kb', 'limit', '16kb'];
/** What a bad line across an ocean does; not every kernel has it. */
const LOSSY = ['netem', 'delay', '80ms', '20ms', 'loss', '5%'];

export class Cable {
  readonly #ends: readonly [Host, Host];

  constructor(jao: Host, arc: Host) {
    this.#ends = [jao, arc];
  }

  async connect(addresses: readonly [string, string]): Promise<void> {
    const [jao, arc] = this.#ends;
    execFileSync('ip', [
      ...['link', 'add', LINK, 'netns', String(jao.pid), 'type', 'veth'],
      ...['peer', 'name', LINK, 'netns', String(arc.pid)],
    ]);
    for (const [index, end] of this.#ends.entries()) {
      await end.request({ do: 'connect', link: LINK, address: addresses[index] ?? '' });
    }
  }

  /** Pulled out at the ARC: there is no carrier at JAO either. */
  async cut(): Promise<void> {
    await this.#ends[1].must(['ip', 'link', 'set', LINK, 'down']);
  }

  /** Plugged in, and of full speed. */
  async mend(): Promise<void> {
    for (const end of this.#ends) await end.run(['tc', 'qdisc', 'del', 'dev', LINK, 'root']);
    await this.#ends[1].must(['ip', 'link', 'set', LINK, 'up']);
  }

  /** Gives how; undefined where the kernel can't. */
  async spoil(how: 'slow' | 'lossy'): Promise<string | undefined> {
    for (const discipline of how === 'lossy' ? [LOSSY, NARROW] : [NARROW]) {
      const results = await Promise.all(
        this.#ends.map((end) =>
          end.run(['tc', 'qdisc', 'replace', 'dev', LINK, 'root', ...discipline]),
        ),
      );
      if (results.every(({ exitCode }) => exitCode === 0)) return discipline.join(' ');
    }
    return undefined;
  }
}
