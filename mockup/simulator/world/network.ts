// The hosts of the simulated observatory, one per site, and the links between them: replications
// of databases, and the way that file copies take. The link of an ARC can be cut.

import type { Executive } from '../../core/executives.ts';
import type { TreeSync } from '../../platform/files/tree-sync.ts';
import { initDatabases } from '../../replication/init-databases.ts';
import { planReplications } from '../../replication/plan.ts';
import { SiteClock } from '../clock/site-clock.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import { FileTree } from '../files/file-tree.ts';
import { createSimulatedTreeSync } from '../files/simulated-tree-sync.ts';
import { createRecordedSites, type RecordedSites } from '../http/recorded-sites.ts';
import type { ShippedSite, ShippedSites } from '../shipped/shipped-sites.ts';
import { type Carry, type Link, replicate } from '../store/replication.ts';
import { createSimulatedServer, type SimulatedServer } from '../store/simulated-server.ts';

/** Which way between an ARC and JAO. */
export type Direction = 'both' | 'to JAO' | 'from JAO';

export interface SimulatedHost {
  executive: Executive;
  /** This machine's own: it can be wrong. */
  clock: SiteClock;
  /** In `draws@eu:/cache/EU`. */
  name: string;
  server: SimulatedServer | ShippedSite;
  tree: FileTree;
  staticSites: RecordedSites;
}

export interface NetworkOptions {
  clock: VirtualClock;
  /** One way between two sites; asked for each transfer. */
  linkLatency_ms(): number;
  /** From a write to the changes feeds of the same server. */
  feedLatency_ms: number;
  /** Readers share what they read, which is frozen: nobody may change it. */
  sharedReads?: boolean | undefined;
  /** What takes time by its size on the way between two sites. */
  traffic?: Traffic | undefined;
  /** The servers as they ship, in place of the quick ones that are made for the simulator. */
  shipped?: ShippedSites | undefined;
}

/** How large things go over the links; what is cut off is sent again. */
export interface Traffic {
  /** Of a database from one site to another; undefined where its documents are small. */
  carry(database: string, from: Executive, to: Executive): Carry | undefined;
  /** A directory or file of a cache; rejects when aborted. */
  pull(name: string, from: Executive, to: Executive, signal?: AbortSignal): Promise<void>;
}

export class Network {
  readonly hosts = new Map<Executive, SimulatedHost>();
  readonly #options: NetworkOptions;
  #links = new Map<Executive, { link: Link; direction: Direction }[]>();
  #cut = new Set<Executive>();
  readonly #shipped: ShippedSites | undefined;
  readonly #slowness = new Map<Executive, number>();

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#shipped = options.shipped;
  }

  /** Makes the hosts with their databases, and links each ARC with JAO. */
  async build(executives: readonly Executive[]): Promise<void> {
    for (const executive of executives) await this.#addHost(executive);
    const site = (executive: Executive) => ({ executive, url: this.host(executive).name });
    const arcs = executives.filter((executive) => executive !== 'JAO');
    for (const planned of planReplications(site('JAO'), arcs.map(site))) {
      const { source, receiver, database, selector } = planned;
      const arc = source.executive === 'JAO' ? receiver.executive : source.executive;
      const latency_ms = () => this.#latency_ms(arc);
      const { traffic, clock } = this.#options;
      const carry = traffic?.carry(database, source.executive, receiver.executive);
      const link =
        (await this.#shipped?.replicate(planned, latency_ms)) ??
        replicate(
          this.host(source.executive).server.store(database),
          this.host(receiver.executive).server.store(database),
          { clock, latency_ms, selector, carry },
        );
      const direction = receiver.executive === 'JAO' ? 'to JAO' : 'from JAO';
      this.#links.set(arc, [...(this.#links.get(arc) ?? []), { link, direction }]);
    }
  }

  host(executive: Executive): SimulatedHost {
    const host = this.hosts.get(executive);
    if (!host) throw new RangeError(`no site ${executive} in this world`);
    return host;
  }

  /** Nothing goes between this ARC and JAO, or only the other way, until `heal`. */
  cut(arc: Executive, way: Direction = 'both'): void {
    this.#cut.add(arc);
    for (const { link, direction } of this.#links.get(arc) ?? []) {
      if (way === 'both' || way === direction) link.cut();
    }
  }

  heal(arc: Executive): void {
    this.#cut.delete(arc);
    for (const { link } of this.#links.get(arc) ?? []) link.heal();
  }

  /** All connections between this ARC and JAO are lost, and made again. */
  breakOff(arc: Executive): void {
    for (const { link } of this.#links.get(arc) ?? []) link.breakOff();
  }

  /** Everything between this ARC and JAO takes so many times as long; 1: as usual. */
  slow(arc: Executive, factor: number): void {
    this.#slowness.set(arc, factor);
  }

  /** True where every site has everything that it should have. */
  get caughtUp(): boolean {
    return [...this.#links.values()].flat().every(({ link }) => link.caughtUp);
  }

  /** File copies as they are made on `local`. */
  treeSyncOf(local: SimulatedHost): TreeSync {
    const hosts = (): SimulatedHost[] => [...this.hosts.values()];
    const named = (name: string) => hosts().find((host) => host.name === name);
    return createSimulatedTreeSync({
      local: local.tree,
      hostNamed: (name) => named(name)?.tree,
      reachable: (name) => {
        const remote = named(name)?.executive;
        return ![local.executive, remote].some((one) => one && this.#cut.has(one));
      },
      travel: async (remote, name, signal) => {
        const { clock, traffic } = this.#options;
        const arc = local.executive === 'JAO' ? undefined : local.executive;
        await clock.sleep(this.#latency_ms(arc), signal);
        const from = named(remote)?.executive;
        if (from) await traffic?.pull(name, from, local.executive, signal);
      },
    });
  }

  #latency_ms(arc: Executive | undefined): number {
    const slowness = arc ? this.#slowness.get(arc) : undefined;
    return this.#options.linkLatency_ms() * (slowness ?? 1);
  }

  async #addHost(executive: Executive): Promise<void> {
    const { clock, feedLatency_ms, sharedReads } = this.#options;
    const name = executive.toLowerCase();
    const address = `sim://${name}`;
    const server =
      this.#shipped?.add(executive) ??
      createSimulatedServer({ clock, feedLatency_ms, address, sharedReads });
    await initDatabases(server);
    const tree = new FileTree();
    tree.makeDirectory(cacheDirectoryOf(executive));
    this.hosts.set(executive, {
      executive,
      clock: new SiteClock(clock),
      name,
      server,
      tree,
      staticSites: createRecordedSites(),
    });
  }
}

/** DRAWS_LOCAL_CACHE of a site. */
export function cacheDirectoryOf(executive: Executive): string {
  return `/cache/${executive}`;
}

/** DRAWS_EU_CACHE and the like, as seen from another site. */
export function cacheSourceOf(executive: Executive): string {
  return `draws@${executive.toLowerCase()}:${cacheDirectoryOf(executive)}`;
}
