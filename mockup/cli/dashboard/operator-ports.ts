// Ports for each person who acts at the dashboard: what they do is by `ada@dashboard`.

import type { ActorPorts } from '../../platform/actor/actor.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Releases } from '../../platform/process/releases.ts';
import { createLivePorts } from '../actor/live-ports.ts';
import type { EnvironmentVariables } from '../environment.ts';

/** In place of the site. */
const SENDER_SITE = 'dashboard';
/** Names are anybody's who has the control; more than a few is no audience. */
const OPERATORS_MAX = 50;

export interface OperatorContext {
  env: EnvironmentVariables;
  log: Logger;
  releases: Releases;
  stopping: AbortSignal;
}

export class OperatorPorts {
  readonly #context: OperatorContext;
  readonly #known = new Map<string, Promise<ActorPorts>>();

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  of(name: string): Promise<ActorPorts> {
    const known = this.#known.get(name);
    if (known) return known;
    if (this.#known.size >= OPERATORS_MAX) throw new RangeError('too many names');
    const made = this.#make(name);
    this.#known.set(name, made);
    return made;
  }

  async #make(name: string): Promise<ActorPorts> {
    const nobody = async (): Promise<undefined> => undefined;
    const ports = await createLivePorts({
      ...this.#context,
      name,
      site: 'JAO',
      senderSite: SENDER_SITE,
      console: { print: () => {}, chooseFrom: nobody, chooseKey: nobody },
      heartbeat: false,
    });
    // An answer that came too late for a dashboard that has ended is nobody's.
    await ports.bus.clearAnswersTo(name);
    return ports;
  }
}
