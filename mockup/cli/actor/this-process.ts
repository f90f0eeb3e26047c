// This process as others see it: in messages that it takes, and in its heartbeat.

import { hostname, networkInterfaces } from 'node:os';
import type { Holder } from '../../platform/bus/message.ts';
import { isProcessGone, machineIdentity } from '../../platform/process/machine-identity.ts';
import type { Random } from '../../platform/random/random.ts';

export interface ThisProcess {
  self: Holder;
  host: string;
  originIP: string;
  isHolderGone(holder: Holder): boolean;
}

export function describeThisProcess(actor: string, site: string, random: Random): ThisProcess {
  const machine = machineIdentity();
  return {
    self: { actor, site, machine, pid: process.pid, instance: random.hex(16) },
    host: hostname(),
    originIP: originAddress(),
    isHolderGone: (holder) => isProcessGone(holder.machine, holder.pid),
  };
}

/** The first address that other machines can reach, else the loopback one. */
function originAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  const outer = addresses.find(({ internal, family }) => !internal && family === 'IPv4');
  return outer?.address ?? '127.0.0.1';
}
