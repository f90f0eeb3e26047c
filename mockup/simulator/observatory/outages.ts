// What is away from one date to another: a link, or a batch system, whose jobs begin anew then. When
// people are away, their working time says.

import { startOf } from '../cycle/observed-ouss.ts';
import { executiveOf, type Scenario } from '../cycle/scenario.ts';
import type { Observatory } from './observatory.ts';

export function scheduleOutages(observatory: Observatory, { outages }: Scenario): void {
  const { world, torque } = observatory;
  const at = (date: string, what: () => void): void => {
    world.clock.timer(((startOf(date) - world.clock.now()) / 1000) * observatory.second_ms, what);
  };
  for (const { what, site, from, to } of outages) {
    const executive = executiveOf(site);
    if (what === 'link' && world.network.hosts.has(executive)) {
      at(from, () => world.network.cut(executive));
      at(to, () => world.network.heal(executive));
    }
    const machine = torque.get(site);
    if (what === 'cluster' && machine) {
      at(from, () => void machine.stop());
      at(to, () => machine.startAgain());
    }
  }
}
