// The servers of all sites as they ship, and the replications between them, which each receiver runs
// as it would live: by a document in its `_replicator` database.

import type { Executive } from '../../core/executives.ts';
import type { PeerFactory } from '../../couch-server/replicator/peers/peer-factory.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { DatabaseServer } from '../../platform/couch/database.ts';
import type { Random } from '../../platform/random/random.ts';
import type { PlannedReplication } from '../../replication/plan.ts';
import { replicatorDocument } from '../../replication/replicator-document.ts';
import { PortGate } from '../fault/port-gate.ts';
import { CollectedLog } from '../log/collected-log.ts';
import type { Link } from '../store/replication.ts';
import type { SimulatedServer } from '../store/simulated-server.ts';
import { Arrivals } from './arrivals.ts';
import { ReplicationLink } from './replication-link.ts';
import { createShippedClient, type ShippedClientOptions } from './shipped-client.ts';
import { ShippedServer } from './shipped-server.ts';
import { SitePeer, unreachable } from './site-peer.ts';

/** A site's server, for the world: from outside, and as each process reaches it. */
export interface ShippedSite extends SimulatedServer {
  readonly shipped: ShippedServer;
  readonly arrivals: Arrivals;
  clientOf(options: Omit<ShippedClientOptions, 'server'>): DatabaseServer;
}

export interface ShippedSitesOptions {
  clock: Clock;
  random: Random;
}

export class ShippedSites {
  readonly #options: ShippedSitesOptions;
  readonly #sites = new Map<Executive, ShippedSite>();
  /** By source and receiver. */
  readonly #links = new Map<string, ReplicationLink>();

  constructor(options: ShippedSitesOptions) {
    this.#options = options;
  }

  add(executive: Executive): ShippedSite {
    const { clock, random } = this.#options;
    const arrivals = new Arrivals(random);
    const url = urlOf(executive);
    const peers = this.#peersOf(executive, arrivals);
    const shipped = new ShippedServer({ clock, random, url, peers });
    const gate = new PortGate({ clock, latency_ms: () => 0 });
    const log = new CollectedLog(() => clock.now()).loggerOf('observer', () => true);
    const client = createShippedClient({ server: shipped, gate, clock, random, log });
    const site: ShippedSite = {
      ...client,
      shipped,
      arrivals,
      store: () => {
        throw new Error('the shipped store is looked at through `observe`');
      },
      observe: (name) => shipped.observe(name),
      clientOf: (options) => createShippedClient({ ...options, server: shipped }),
    };
    this.#sites.set(executive, site);
    return site;
  }

  /** Sets a replication up; the link is that of all databases that go this way. */
  async replicate(planned: PlannedReplication, latency_ms: () => number): Promise<Link> {
    const { source, receiver } = planned;
    const way = `${source.executive} ${receiver.executive}`;
    const link =
      this.#links.get(way) ?? new ReplicationLink({ clock: this.#options.clock, latency_ms });
    this.#links.set(way, link);
    const here = this.#site(receiver.executive).shipped;
    const from = { ...source, url: urlOf(source.executive) };
    const to = { ...receiver, url: urlOf(receiver.executive) };
    const document = replicatorDocument({ ...planned, source: from, receiver: to });
    await here.store.database('_replicator')?.write([{ ...document }]);
    const caughtUp = this.#caughtUpOf(planned);
    return {
      cut: () => link.cut(),
      heal: () => link.heal(),
      breakOff: () => link.breakOff(),
      stop: () => {},
      get caughtUp() {
        return caughtUp();
      },
    };
  }

  #site(executive: Executive): ShippedSite {
    return this.#sites.get(executive) as ShippedSite;
  }

  #peersOf(receiver: Executive, arrivals: Arrivals): PeerFactory {
    return async (endpoint) => {
      if (endpoint.kind === 'name') throw new RangeError('replications here have URLs');
      const { hostname, pathname } = new URL(endpoint.url);
      const executive = hostname.toUpperCase() as Executive;
      const name = pathname.replaceAll('/', '');
      const server = this.#site(executive).shipped;
      if (executive === receiver) return new SitePeer(server, name, { arrivals });
      const link = this.#links.get(`${executive} ${receiver}`);
      if (!link) throw unreachable(endpoint.url);
      await link.travel();
      return new SitePeer(server, name, { link });
    };
  }

  /** Looks again only where one of the two was written since. */
  #caughtUpOf({ source, receiver, database, selector }: PlannedReplication): () => boolean {
    const stores = [source, receiver].map(({ executive }) => {
      return this.#site(executive).observe(database);
    });
    let looked = '';
    let known = false;
    return () => {
      const place = stores.map(({ lastSeq }) => lastSeq).join();
      if (place === looked) return known;
      looked = place;
      const [from, to] = [source, receiver].map(({ executive }) => this.#site(executive).shipped);
      known = !!from?.isUp && !!to?.isUp && isIn(from, to, database, selector);
      return known;
    };
  }
}

/** True where the target knows every revision that the source would send. */
function isIn(
  source: ShippedServer,
  target: ShippedServer,
  name: string,
  selector: Record<string, unknown> | undefined,
): boolean {
  const { results } = source
    .database(name)
    .changes({ style: 'all_docs', ...(selector && { selector }) });
  const revs = results.map(({ id, changes }) => [id, changes.map(({ rev }) => rev)] as const);
  const missing = target.database(name).revsDiff(Object.fromEntries(revs));
  return Object.keys(missing).length === 0;
}

function urlOf(executive: Executive): string {
  return `http://${executive.toLowerCase()}`;
}
