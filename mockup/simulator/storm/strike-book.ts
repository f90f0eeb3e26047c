// Strikes that wait for a process to make a certain call. They wait for whichever process of the name
// comes to it first: one that was killed is followed by another.

import type { Executive } from '../../core/executives.ts';
import { DatabaseUnavailableError } from '../../platform/couch/database.ts';
import type { Moment, Strike, StrikeAt } from '../fault/port-gate.ts';
import type { Fault } from './storm-plan.ts';

interface Struck {
  fault: Fault;
  call: string;
}

export class StrikeBook {
  readonly struck: Struck[] = [];
  /** How often each call was made: `dra@JAO msgq.bulk`. */
  readonly calls = new Map<string, number>();
  readonly #waiting = new Map<string, Fault[]>();
  readonly #onStrike: (struck: Struck) => void;

  constructor(onStrike: (struck: Struck) => void = () => {}) {
    this.#onStrike = onStrike;
  }

  arm(fault: Fault): void {
    const process = `${fault.process}@${fault.site}`;
    this.#waiting.set(process, [...(this.#waiting.get(process) ?? []), fault]);
  }

  disarmAll(): void {
    this.#waiting.clear();
  }

  strikesOf(name: string, site: Executive): StrikeAt {
    const process = `${name}@${site}`;
    return ({ name: call }) => {
      const made = `${process} ${call}`;
      this.calls.set(made, (this.calls.get(made) ?? 0) + 1);
      const waiting = this.#waiting.get(process);
      const place = waiting?.findIndex((fault) => isMeant(fault, call)) ?? -1;
      if (!waiting || place < 0) return undefined;
      const [fault] = waiting.splice(place, 1) as [Fault];
      this.struck.push({ fault, call });
      this.#onStrike({ fault, call });
      return strikeOf(fault);
    };
  }
}

/** `*`, `msgq.*` and `*.find` stand for several. */
export function matchesCall(pattern: string, call: string): boolean {
  if (pattern === '*' || pattern === call) return true;
  if (pattern.startsWith('*.')) return call.endsWith(pattern.slice(1));
  return pattern.endsWith('.*') && call.startsWith(pattern.slice(0, -1));
}

/** Only a request to the database can be refused or its answer lost. */
function isMeant({ kind, call: pattern = '*' }: Fault, call: string): boolean {
  if (!matchesCall(pattern, call)) return false;
  const isRequest = !/^(clock|files|treeSync|programs|sites|site|console)\b/.test(call);
  return isRequest || !['refused', 'answer-lost', 'late'].includes(kind);
}

function strikeOf(fault: Fault): Strike {
  const moment: Moment = fault.moment ?? 'before';
  const { for_ms = 10_000 } = fault;
  const error = () => new DatabaseUnavailableError('the request was lost');
  switch (fault.kind) {
    case 'freeze':
      return { do: 'freeze', moment, for_ms };
    case 'late':
      return { do: 'delay', moment, for_ms };
    case 'refused':
    case 'answer-lost':
      return { do: 'fail', moment, error };
    case 'torn':
    case 'rsync-half':
      return { do: 'break', moment: 'before' };
    default:
      return { do: 'kill', moment };
  }
}
