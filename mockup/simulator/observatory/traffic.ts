// What goes over the links between JAO and the ARCs: products and their archive copies, and the raw
// data that a Pipeline run needs at its site. All else is small.

import { databaseNames } from '../../core/databases.ts';
import type { Executive } from '../../core/executives.ts';
import { uidAsFileNamePart } from '../../core/identifiers.ts';
import { PRODUCTS_PER_RUN } from '../../core/products/product-names.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import type { ObservedOus } from '../cycle/observed-ouss.ts';
import { type Scenario, siteOf } from '../cycle/scenario.ts';
import { SharedLink } from '../link/shared-link.ts';
import { Usage } from '../measures/usage.ts';
import type { Traffic } from '../world/network.ts';

export interface MeasuredLink {
  link: SharedLink;
  usage: Usage;
}

const PRODUCT = /^product-\d+-(.+)-\d{4}-\d\d-\d\dT/;

export class ObservatoryTraffic implements Traffic {
  /** `EU to JAO`. */
  readonly links = new Map<string, MeasuredLink>();
  readonly #scenario: Scenario;
  readonly #second_ms: number;
  readonly #byFilePart: ReadonlyMap<string, ObservedOus>;
  /** Products directories of runs. */
  readonly #byDirectory = new Map<string, ObservedOus>();
  readonly #arrived = new Set<string>();
  readonly #onArrival: () => void;
  #clock: VirtualClock | undefined;

  constructor(
    scenario: Scenario,
    ouss: readonly ObservedOus[],
    options: { second_ms: number; onArrival(): void },
  ) {
    this.#scenario = scenario;
    this.#second_ms = options.second_ms;
    this.#onArrival = options.onArrival;
    this.#byFilePart = new Map(ouss.map((ous) => [uidAsFileNamePart(ous.ousUid), ous]));
  }

  /** Before the world begins. */
  useClock(clock: VirtualClock): void {
    this.#clock = clock;
  }

  /** The products directory of a run at `site` is of this OUS. */
  announce(directory: string, ous: ObservedOus, site: Executive): void {
    this.#byDirectory.set(directory, ous);
    this.#arrived.delete(ous.ousUid);
    if (site === 'JAO') this.arrived(ous.ousUid);
  }

  /** Products of the OUS's last run are at JAO. */
  isHere(ousUid: string): boolean {
    return this.#arrived.has(ousUid);
  }

  arrived(ousUid: string): void {
    this.#arrived.add(ousUid);
    this.#onArrival();
  }

  carry(database: string, from: Executive, to: Executive): ReturnType<Traffic['carry']> {
    if (database !== databaseNames.ngas) return undefined;
    return ({ id }, arrived) => {
      const ous = this.#byFilePart.get(PRODUCT.exec(id)?.[1] ?? '');
      const { link, usage } = this.#link(from, to);
      usage.begin();
      const takeOff = link.send((ous?.products_bytes ?? 0) / PRODUCTS_PER_RUN, () => {
        usage.end();
        arrived();
      });
      return () => {
        usage.end();
        takeOff();
      };
    };
  }

  async pull(name: string, from: Executive, to: Executive, signal?: AbortSignal): Promise<void> {
    const ous = this.#byDirectory.get(name);
    if (!ous) return;
    await this.#carry(from, to, ous.products_bytes, signal);
    if (to === 'JAO') this.arrived(ous.ousUid);
  }

  /** Brings the raw data to where a run is to begin. */
  async fetchRaw(ous: ObservedOus, to: Executive, signal?: AbortSignal): Promise<void> {
    if (to !== 'JAO') await this.#carry('JAO', to, ous.raw_bytes, signal);
  }

  async #carry(
    from: Executive,
    to: Executive,
    bytes: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { link, usage } = this.#link(from, to);
    usage.begin();
    await link.carry(bytes, signal).finally(() => usage.end());
  }

  #link(from: Executive, to: Executive): MeasuredLink {
    const name = `${from} to ${to}`;
    const known = this.links.get(name);
    if (known) return known;
    const clock = this.#clock;
    if (!clock) throw new TypeError('traffic before there is a clock');
    const arc = this.#scenario[siteOf(from === 'JAO' ? to : from)];
    const rate_bytes_s = from === 'JAO' ? arc['from-jao'] : arc['to-jao'];
    const link = new SharedLink(clock, { rate_bytes_s, second_ms: this.#second_ms });
    const measured = { link, usage: new Usage(() => clock.now()) };
    this.links.set(name, measured);
    return measured;
  }
}
