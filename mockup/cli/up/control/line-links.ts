// The ways between JAO and each ARC. Replications go through relays, so that a link can be cut, slowed
// and healed under them; servers on other machines are reached without, and their links left alone.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LinkSummary } from '../../../../dashboard/protocol/control.ts';
import { AppError } from '../../../core/errors.ts';
import type { Executive } from '../../../core/executives.ts';
import type { Releases } from '../../../platform/process/releases.ts';
import type { PlannedReplication } from '../../../replication/plan.ts';
import type { LineSite } from '../line-plan.ts';
import { type LinkState, Relay } from './relay.ts';

const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/;

interface Link {
  ends: [Executive, Executive];
  state: LinkState;
  since_ms: number;
  relays: Relay[];
}

export class LineLinks {
  readonly #portsFile: string;
  readonly #releases: Releases;
  readonly #links = new Map<string, Link>();
  /** By `JAO from EU`. */
  readonly #relays = new Map<string, Relay>();

  constructor(dataDirectory: string, releases: Releases) {
    this.#portsFile = join(dataDirectory, 'links.json');
    this.#releases = releases;
  }

  async open(sites: readonly LineSite[]): Promise<void> {
    const [jao, ...arcs] = sites;
    if (!jao) return;
    const known = readPorts(this.#portsFile);
    for (const arc of arcs) {
      const relays: Relay[] = [];
      for (const [receiver, source] of [
        [jao, arc],
        [arc, jao],
      ] as const) {
        const relay = await this.#openRelay(receiver, source, known);
        if (relay) relays.push(relay);
      }
      const ends: Link['ends'] = [jao.executive, arc.executive];
      if (relays.length === 0) continue;
      this.#links.set(ends.join('-'), { ends, state: 'open', since_ms: Date.now(), relays });
    }
    const ports = [...this.#relays].map(([name, relay]) => [name, relay.port]);
    writeFileSync(this.#portsFile, JSON.stringify(Object.fromEntries(ports)));
  }

  /** The same, pulled through the relays. */
  through(planned: PlannedReplication): PlannedReplication {
    const { receiver, source } = planned;
    const relay = this.#relays.get(`${receiver.executive} from ${source.executive}`);
    if (!relay) return planned;
    const url = new URL(source.url);
    url.hostname = '127.0.0.1';
    url.port = String(relay.port);
    return { ...planned, source: { ...source, url: url.href.replace(/\/$/, '') } };
  }

  /** Throws AppError where there is no such link. */
  become(id: string, state: LinkState): void {
    const link = this.#links.get(id);
    if (!link) throw new AppError('no_such_link', `there is no link ${JSON.stringify(id)}`);
    if (link.state !== state) link.since_ms = Date.now();
    link.state = state;
    for (const relay of link.relays) relay.become(state);
  }

  summaries(): LinkSummary[] {
    return [...this.#links].map(([id, { ends, state, since_ms }]) => {
      return { id, ends, state, since_ms };
    });
  }

  async #openRelay(
    receiver: LineSite,
    source: LineSite,
    known: Record<string, unknown>,
  ): Promise<Relay | undefined> {
    const from = new URL(source.couchdbUrl);
    const isNear = LOOPBACK.test(new URL(receiver.couchdbUrl).hostname);
    if (!isNear || from.protocol !== 'http:') return undefined;
    const name = `${receiver.executive} from ${source.executive}`;
    const target = {
      host: from.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(from.port || 80),
    };
    const port = known[name];
    const relay = await Relay.open(target, typeof port === 'number' ? port : 0, this.#releases);
    this.#relays.set(name, relay);
    return relay;
  }
}

/** A replication from another address would begin anew. */
function readPorts(file: string): Record<string, unknown> {
  try {
    const ports: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof ports === 'object' && ports !== null ? (ports as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
