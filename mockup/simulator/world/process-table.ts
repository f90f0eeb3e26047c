// Which simulated processes there are. It also answers what the bus asks of the operating system:
// whether the holder of a message is certainly gone.

import type { Executive } from '../../core/executives.ts';
import type { Holder } from '../../platform/bus/message.ts';

const FIRST_PID = 1000;

export class ProcessTable {
  #nextPid = FIRST_PID;
  #alive = new Map<string, boolean>();

  add(actor: string, site: Executive, instance: string): Holder {
    this.#alive.set(instance, true);
    return { actor, site, machine: machineOf(site), pid: this.#nextPid++, instance };
  }

  remove(holder: Holder): void {
    this.#alive.set(holder.instance, false);
  }

  /** Certain only for a process of the same machine. */
  isGone(holder: Holder, seenFrom: Executive): boolean {
    return holder.machine === machineOf(seenFrom) && this.#alive.get(holder.instance) === false;
  }
}

function machineOf(site: Executive): string {
  return `sim-${site}`;
}
