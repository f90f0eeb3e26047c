// The flows of the handoff managers, one per manager; records of files and of batches add to them.

import { fileStates } from '../../../mockup/core/dbb/file-life-cycle.ts';
import type { Clock } from '../../../mockup/platform/clock/clock.ts';
import type { LiveModel } from '../model/live-model.ts';
import { FileFlow } from './file-flow.ts';

const MANAGERS_MAX = 50;

export function handoffFlowId(manager: string): string {
  return `handoff:${manager}`;
}

export class HandoffFlows {
  readonly #model: LiveModel;
  readonly #clock: Clock;
  readonly #flows = new Map<string, FileFlow>();

  constructor(model: LiveModel, clock: Clock) {
    this.#model = model;
    this.#clock = clock;
  }

  /** Undefined where there are too many: whoever can write a record can make managers up. */
  of(manager: string): FileFlow | undefined {
    const known = this.#flows.get(manager);
    if (known || this.#flows.size >= MANAGERS_MAX) return known;
    const flow = new FileFlow(this.#model, this.#clock, {
      ...{ id: handoffFlowId(manager), name: manager, kind: 'handoff' as const },
      states: fileStates,
      endState: 'held',
      errorStates: ['failed'],
    });
    this.#flows.set(manager, flow);
    return flow;
  }

  settle(): void {
    for (const flow of this.#flows.values()) flow.settle();
  }

  /** Takes managers off the page that have no files (any more). */
  close(which: 'all' | 'empty'): void {
    for (const [manager, flow] of this.#flows) {
      if (which === 'empty' && flow.size > 0) continue;
      flow.close();
      this.#flows.delete(manager);
    }
  }
}
