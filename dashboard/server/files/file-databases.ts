// The databases of the buffer managers, and that of visits. Their names are whatever a
// configuration says, so each database of the server that is not the workflow's is looked at: what
// its first documents are tells what it is. Databases come while the dashboard runs, so this is
// repeated while somebody looks.

import { databaseNames } from '../../../mockup/core/databases.ts';
import { firstTypes } from '../../../mockup/core/queries.ts';
import type { Document } from '../../../mockup/platform/couch/database.ts';
import { DatabaseWatch, type WatchPorts } from '../watch/database-watch.ts';
import { VISITS_DATABASE, VisitSink } from '../watch/visit-sink.ts';
import { BatchSink } from './batch-sink.ts';
import { HandoffFlows } from './handoff-flows.ts';
import { HandoffSink } from './handoff-sink.ts';
import { IngesterSink } from './ingester-sink.ts';
import { StorageSink } from './storage-sink.ts';

type Sink = HandoffSink | BatchSink | StorageSink | IngesterSink | VisitSink;

interface Watched {
  watch: DatabaseWatch;
  sink: Sink;
}

const INTERVAL_MS = 2_000;
/** One that holds other things will hardly become one of these. */
const OTHERS_INTERVAL_MS = 60_000;
const LOOKED_AT = 20;
const DATABASES_MAX = 200;
const ours = new Set<string>(Object.values(databaseNames));

export class FileDatabases {
  readonly #ports: WatchPorts;
  readonly #isWanted: () => boolean;
  readonly #watched = new Map<string, Watched>();
  /** Databases that hold other things, and when that was seen. */
  readonly #others = new Map<string, number>();
  readonly #handoffFlows: HandoffFlows;
  #cancel: () => void = () => {};
  #looking: Promise<void> | undefined;
  #looked_ms = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  /** `isWanted`: whether somebody looks. */
  constructor(ports: WatchPorts, isWanted: () => boolean) {
    this.#ports = ports;
    this.#handoffFlows = new HandoffFlows(ports.model, ports.clock);
    this.#isWanted = isWanted;
  }

  /** Looks for databases, unless that was done just now; goes on while it is wanted. */
  async refresh(): Promise<void> {
    if (this.#isStopped) return;
    const { clock } = this.#ports;
    if (clock.monotonic() - this.#looked_ms >= INTERVAL_MS) {
      // A server that does not answer is told by the feeds; here it is only asked again later.
      this.#looking ??= this.#look()
        .catch(() => {})
        .finally(() => {
          this.#looking = undefined;
          this.#looked_ms = clock.monotonic();
        });
    }
    await this.#looking;
    this.#cancel();
    if (this.#isStopped || !this.#isWanted()) return;
    this.#cancel = clock.timer(INTERVAL_MS, () => void this.refresh());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#looking;
    for (const { watch, sink } of this.#watched.values()) {
      await watch.stop();
      if ('close' in sink) sink.close();
    }
    this.#handoffFlows.close('all');
  }

  async #look(): Promise<void> {
    const names = await this.#ports.server.names();
    const others = names.filter((name) => !name.startsWith('_') && !ours.has(name));
    for (const name of [...this.#watched.keys()]) {
      if (!others.includes(name)) await this.#drop(name);
    }
    for (const name of this.#others.keys()) if (!others.includes(name)) this.#others.delete(name);
    for (const name of others.slice(0, DATABASES_MAX)) {
      if (this.#isStopped) return;
      if (this.#watched.has(name) || this.#isOther(name)) continue;
      const sink = await this.#sinkFor(name);
      if (!sink) continue;
      const watch = new DatabaseWatch(this.#ports, this.#ports.server.open(name), sink);
      this.#watched.set(name, { watch, sink });
    }
    this.#join();
  }

  async #sinkFor(name: string): Promise<Sink | undefined> {
    const { server, model, clock } = this.#ports;
    const database = server.open(name);
    if (name === VISITS_DATABASE) return new VisitSink(model, database);
    const docs = await database.find<Document>(firstTypes(LOOKED_AT));
    const types = docs.map(({ type }) => type);
    this.#others.delete(name);
    const has = (...wanted: string[]) => wanted.some((type) => types.includes(type));
    const flows = this.#handoffFlows;
    if (has('handoff-file')) return new HandoffSink(database, flows);
    if (has('handoff-batch')) return new BatchSink(model, database, flows);
    if (has('endpoint-file', 'endpoint-aside')) return new StorageSink(model, clock, database);
    const isIngester = has('endpoint-events', 'endpoint-holder');
    if (isIngester) return new IngesterSink(model, clock, database);
    if (docs.length > 0) this.#others.set(name, clock.monotonic());
    return undefined;
  }

  #isOther(name: string): boolean {
    const seen_ms = this.#others.get(name) ?? Number.NEGATIVE_INFINITY;
    return this.#ports.clock.monotonic() - seen_ms < OTHERS_INTERVAL_MS;
  }

  async #drop(name: string): Promise<void> {
    const watched = this.#watched.get(name);
    if (!watched) return;
    const { sink, watch } = watched;
    this.#watched.delete(name);
    await watch.stop();
    for (const id of [...sink.ids()]) sink.remove(id);
    if ('close' in sink) sink.close();
    this.#ports.model.remove('feed', name);
    this.#handoffFlows.close('empty');
  }

  /** Tells each ingester which files there are: of the file database whose name is most like its. */
  #join(): void {
    const storages = [...this.#watched].flatMap(([name, { sink }]) =>
      sink instanceof StorageSink ? [{ name, sink }] : [],
    );
    for (const [name, { sink }] of this.#watched) {
      if (!(sink instanceof IngesterSink)) continue;
      const best = storages.toSorted(
        (one, other) => commonLength(other.name, name) - commonLength(one.name, name),
      )[0];
      sink.setFiles(best?.sink);
    }
  }
}

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}
