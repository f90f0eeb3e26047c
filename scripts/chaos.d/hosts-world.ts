// Faults on two hosts in network namespaces: real signals, a real cable, real full disks.

import { type Site, TwoHosts, type TwoHostsOptions } from '../two-hosts.d/two-hosts.ts';
import type { ChaosSite, ChaosWorld } from './chaos-world.ts';

/** Room for what passes through, and soon full. */
const DISK = 'size=256m';
const FILLER = '.filler';

export interface WorldOptions {
  directory: string;
  pace: number;
  failureRate: number;
  keep: boolean;
  say(text: string): void;
}

export async function createHostsWorld(options: WorldOptions): Promise<ChaosWorld> {
  let restarts = 0;
  const settings: TwoHostsOptions = {
    ...options,
    onEvent: ({ kind, name, reason }) => {
      if (kind === 'restarting') restarts += 1;
      else options.say(`${name} is not started again: ${reason}`);
    },
  };
  const hosts = new TwoHosts(settings);
  try {
    await hosts.start();
    for (const { host, env } of hosts.sites) {
      const cache = env.DRAWS_LOCAL_CACHE ?? '';
      await host.must(['mount', '-t', 'tmpfs', '-o', DISK, 'tmpfs', cache]);
      await host.must(['mkdir', `${cache}/weblogs`]);
    }
    await hosts.startActors(true);
    return new HostsWorld(hosts, () => restarts);
  } catch (error) {
    await hosts.stop();
    throw error;
  }
}

class HostsWorld implements ChaosWorld {
  readonly jao: ChaosSite;
  readonly arc: ChaosSite;
  readonly processes: readonly string[];
  readonly kinds = [
    ...(['kill', 'freeze', 'cut', 'spoil', 'kill-rsync'] as const),
    ...(['fill-disk', 'shift-clock', 'duplicate', 'replay'] as const),
  ];
  readonly unable = [];
  readonly restarts: () => number;
  readonly #hosts: TwoHosts;

  constructor(hosts: TwoHosts, restarts: () => number) {
    this.#hosts = hosts;
    this.restarts = restarts;
    this.jao = chaosSite(hosts.jao);
    this.arc = chaosSite(hosts.arc);
    this.processes = hosts.sites.flatMap((site) => [
      `${site.plan.executive}-couchdb`,
      ...(site === hosts.arc ? [`${site.plan.executive}-sshd`] : []),
      ...hosts.actorsOf(site, true).map(({ name }) => name),
    ]);
  }

  #site(name: string): Site {
    const found = this.#hosts.sites.find(({ plan }) => plan.executive === name);
    if (!found) throw new Error(`no site ${name}`);
    return found;
  }

  async signal(process: string, signal: NodeJS.Signals): Promise<boolean> {
    const { host } = this.#site(process.slice(0, process.indexOf('-')));
    return (await host.request({ do: 'signal', name: process, signal })) === true;
  }

  cut(): Promise<void> {
    return this.#hosts.cable.cut();
  }

  spoil(how: 'slow' | 'lossy'): Promise<string | undefined> {
    return this.#hosts.cable.spoil(how);
  }

  mendLink(): Promise<void> {
    return this.#hosts.cable.mend();
  }

  async killRsync(wait_ms: number): Promise<number> {
    const { host } = this.#hosts.jao;
    const request = { do: 'signal-programs', program: 'rsync', signal: 'SIGKILL' } as const;
    return Number(await host.request({ ...request, wait_ms }));
  }

  async fillDisk(site: string): Promise<void> {
    const { host, env } = this.#site(site);
    // It ends where nothing fits any more.
    await host.run(['dd', 'if=/dev/zero', `of=${env.DRAWS_LOCAL_CACHE}/${FILLER}`, 'bs=64k']);
  }

  async emptyDisk(site: string): Promise<void> {
    const { host, env } = this.#site(site);
    await host.must(['rm', '-f', `${env.DRAWS_LOCAL_CACHE}/${FILLER}`]);
  }

  async shiftClock(name: string, offset_s: number): Promise<void> {
    const site = this.#site(name);
    const added = { DRAWS_CLOCK_OFFSET_MS: String(offset_s * 1000) };
    await Promise.all(
      this.#hosts.actorsOf(site, true).map(async (actor) => {
        // A frozen one would not hear that it is to stop.
        await this.signal(actor.name, 'SIGCONT');
        await site.host.request({ do: 'stop', name: actor.name });
        await this.#hosts.startActor(site, actor, added, false);
      }),
    );
  }

  stop(): Promise<void> {
    return this.#hosts.stop();
  }
}

/** The caches are mounts of the host alone, seen through its first process. */
function chaosSite({ plan, host, relayedUrl, env }: Site): ChaosSite {
  const root = `/proc/${host.pid}/root`;
  return {
    name: plan.executive,
    url: relayedUrl,
    cache: `${root}${env.DRAWS_LOCAL_CACHE}`,
    runs: `${root}${env.DRAWS_RUNS}`,
  };
}
