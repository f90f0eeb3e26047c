// Brings the faults of a plan over a line as time passes, and takes them all back when it is over.

import type { Executive } from '../../core/executives.ts';
import type { DrawsLine } from '../scenarios/draws-line.ts';
import type { SupervisedActor } from '../world/supervised-actor.ts';
import { strikes } from './fault-kinds.ts';
import type { Fault, StormPlan } from './storm-plan.ts';
import type { StrikeBook } from './strike-book.ts';

export interface InjectorOptions {
  line: DrawsLine;
  book: StrikeBook;
  /** Told of each fault that comes over the line, and of its end. */
  onFault(fault: Fault, moment: 'begins' | 'ends'): void;
}

export class Injector {
  readonly #options: InjectorOptions;
  readonly #ends = new Set<() => void>();
  /** Second ones that run, by process and site. */
  readonly #twins = new Map<string, SupervisedActor>();

  constructor(options: InjectorOptions) {
    this.#options = options;
  }

  /** Begins now; the faults come by themselves as time passes. */
  start({ faults, duration_ms }: StormPlan): void {
    const { clock } = this.#options.line.world;
    for (const fault of faults) {
      if (fault.at_ms < duration_ms) clock.timer(fault.at_ms, () => this.#begin(fault));
    }
  }

  /** The calm: whatever still goes on ends now. */
  end(): void {
    const { line, book } = this.#options;
    book.disarmAll();
    for (const end of [...this.#ends]) end();
    for (const { gate } of line.world.processes) if (gate.isFrozen) gate.thaw();
    for (const host of line.world.network.hosts.values()) host.clock.correct();
    for (const twin of this.#twins.values()) void twin.stop();
  }

  #begin(fault: Fault): void {
    const { book, onFault } = this.#options;
    if (strikes.has(fault.kind)) {
      book.arm(fault);
      return;
    }
    const stop = this.#inflict(fault);
    if (!stop) return;
    onFault(fault, 'begins');
    const end = (): void => {
      if (!this.#ends.delete(end)) return;
      stop();
      if (fault.for_ms !== undefined) onFault(fault, 'ends');
    };
    this.#ends.add(end);
    if (fault.for_ms !== undefined) this.#options.line.world.clock.timer(fault.for_ms, end);
  }

  /** Returns what ends it; undefined where there is nothing that it could befall. */
  #inflict(fault: Fault): (() => void) | undefined {
    const { line } = this.#options;
    const { network } = line.world;
    const { site, factor = 1, step_ms = 0, way } = fault;
    const host = network.host(site);
    switch (fault.kind) {
      case 'cut':
      case 'one-way':
        network.cut(site, way);
        return () => network.heal(site);
      case 'duplicate':
        network.breakOff(site);
        return () => {};
      case 'reorder':
        if (!('arrivals' in host.server)) return undefined;
        host.server.arrivals.isReordering = true;
        return () => this.#inOrder(site);
      case 'server-restart': {
        if (!('shipped' in host.server)) return undefined;
        const { shipped } = host.server;
        shipped.crash();
        return () => shipped.restart();
      }
      case 'slow':
        network.slow(site, factor);
        return () => network.slow(site, 1);
      case 'disk-full':
        host.tree.isFull = true;
        return () => {
          host.tree.isFull = false;
        };
      case 'clock-step':
        host.clock.step(step_ms);
        return () => {};
      case 'clock-drift':
        host.clock.drift(factor);
        return () => host.clock.drift(1);
      case 'twin':
        return this.#startTwin(fault.process ?? '', site);
      default:
        return undefined;
    }
  }

  #inOrder(site: Executive): void {
    const { server } = this.#options.line.world.network.host(site);
    if ('arrivals' in server) server.arrivals.isReordering = false;
  }

  /** Never a third one. */
  #startTwin(process: string, site: Executive): (() => void) | undefined {
    const name = `${process}@${site}`;
    const twin = this.#twins.has(name) ? undefined : this.#options.line.startTwin(process, site);
    if (!twin) return undefined;
    this.#twins.set(name, twin);
    return () => void twin.stop().then(() => this.#twins.delete(name));
  }
}
