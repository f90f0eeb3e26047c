// What happened in one storm, told by actors, messages, faults and the states of OUSs: written down
// while it runs, by who looks at the databases from outside.

import type { DrawsLine } from '../scenarios/draws-line.ts';
import type { DocumentBody } from '../store/document-body.ts';
import type { ObservedStore } from '../store/observed-store.ts';
import type { StormWitness } from '../storm/run-storm.ts';
import { describeFault, type Fault } from '../storm/storm-plan.ts';

export type StoryEvent = { at_ms: number } & (
  | { is: 'message'; from: string; to: string; text: string; again: boolean }
  | { is: 'state'; by: string; text: string }
  | { is: 'fault'; at: string; text: string }
  | { is: 'broken'; text: string }
);

interface SeenMessage extends DocumentBody {
  selector?: string;
  sender?: string;
  body?: unknown;
  delivery?: { state?: string; attempts?: number; holder?: { actor: string; site: string } };
}

export class Story implements StormWitness {
  readonly events: StoryEvent[] = [];
  #now: () => number = () => 0;
  readonly #claims = new Set<string>();
  readonly #entries = new Map<string, number>();

  begin(line: DrawsLine): void {
    const { clock, network } = line.world;
    this.#now = () => clock.monotonic();
    for (const { server } of network.hosts.values()) {
      onEachWrite(server.observe('msgq'), (body) => this.#onMessage(body));
    }
    const ouss = network.host('JAO').server.observe('status-entities');
    onEachWrite(ouss, (body) => this.#onOus(body));
  }

  fault(fault: Fault, what: string): void {
    const at = fault.process === undefined ? fault.site : `${fault.process}@${fault.site}`;
    const told = describeFault(fault).replace(/^\S+ s /, '');
    this.events.push({ is: 'fault', at_ms: this.#now(), at, text: `${told} ${what}` });
  }

  end(problems: readonly string[]): void {
    for (const problem of problems) {
      const text = problem.split('\n')[0] ?? '';
      this.events.push({ is: 'broken', at_ms: this.#now(), text });
    }
  }

  /** Whoever takes part, in the order of their first appearance. */
  get participants(): string[] {
    const named = this.events.flatMap((event) => {
      if (event.is === 'message') return [event.from, event.to];
      if (event.is === 'state') return [event.by];
      return event.is === 'fault' ? [event.at] : [];
    });
    return [...new Set(named)];
  }

  /** A message is told of when somebody takes it, and each time that somebody takes it again. */
  #onMessage(body: SeenMessage): void {
    const { _id, selector, sender = 'somebody', delivery } = body;
    const { state, holder, attempts = 1 } = delivery ?? {};
    const claim = `${_id} ${attempts} ${holder?.actor}@${holder?.site}`;
    if (selector === undefined || state !== 'claimed' || !holder) return;
    if (this.#claims.has(claim)) return;
    this.#claims.add(claim);
    this.events.push({
      ...{ is: 'message', at_ms: this.#now(), from: sender, to: `${holder.actor}@${holder.site}` },
      ...{ text: `${selector} ${contentOf(body.body)}`.trim(), again: attempts > 1 },
    });
  }

  #onOus({ _id, entityId, history }: DocumentBody): void {
    if (!Array.isArray(history)) return;
    const known = this.#entries.get(_id) ?? 0;
    this.#entries.set(_id, history.length);
    for (const { state, substate, by } of history.slice(known)) {
      const text = [entityId, state, substate].filter(Boolean).join(' ');
      this.events.push({ is: 'state', at_ms: this.#now(), by: String(by), text });
    }
  }
}

function onEachWrite(store: ObservedStore, look: (body: DocumentBody) => void): void {
  let seen = store.lastSeq;
  store.onWrite(() => {
    const written = store.bodiesAfter(seen);
    seen = store.lastSeq;
    for (const body of written) look(body);
  });
}

function contentOf(body: unknown): string {
  const { operation, value, ousUID, fileType, name } = (body ?? {}) as Record<string, unknown>;
  const told = [operation, value, fileType, ousUID ?? name];
  return told.filter((one) => typeof one === 'string').join(' ');
}
