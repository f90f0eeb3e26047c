// A small line for tests of single actors: one simulated database server, a clock that jumps, files
// in memory, and XTSS. Any process of it can be killed at any of its port calls.

import { createXtss } from '../../../mockup/actors/xtss/xtss.ts';
import { databaseNames } from '../../../mockup/core/databases.ts';
import type { Executive } from '../../../mockup/core/executives.ts';
import { documentId } from '../../../mockup/core/identifiers.ts';
import type { OusDocument } from '../../../mockup/core/ous/ous.ts';
import { formatTimestamp } from '../../../mockup/core/timestamps.ts';
import type { Actor, ActorPorts } from '../../../mockup/platform/actor/actor.ts';
import type { Bus } from '../../../mockup/platform/bus/bus.ts';
import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import type { Message } from '../../../mockup/platform/bus/message.ts';
import type { DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import type { TreeSync } from '../../../mockup/platform/files/tree-sync.ts';
import type { ProgramExit, Programs } from '../../../mockup/platform/process/programs.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import {
  createVirtualClock,
  type VirtualClock,
} from '../../../mockup/simulator/clock/virtual-clock.ts';
import {
  gatedClock,
  gatedFiles,
  gatedPrograms,
  gatedServer,
  gatedSites,
  gatedTreeSync,
} from '../../../mockup/simulator/fault/gated-ports.ts';
import { type CrashPlan, PortGate, strikeOf } from '../../../mockup/simulator/fault/port-gate.ts';
import { FileTree } from '../../../mockup/simulator/files/file-tree.ts';
import { createSimulatedFiles } from '../../../mockup/simulator/files/simulated-files.ts';
import { createRecordedSites } from '../../../mockup/simulator/http/recorded-sites.ts';
import { CollectedLog } from '../../../mockup/simulator/log/collected-log.ts';
import {
  createSimulatedServer,
  type SimulatedServer,
} from '../../../mockup/simulator/store/simulated-server.ts';

export const progId = '2015.1.00657.S';
export const ousUid = 'uid://X1/X1/Xb0';

export type RunProgram = (
  args: readonly string[],
  signal: AbortSignal,
  run: Programs['run'],
  env: Readonly<Record<string, string>>,
) => Promise<ProgramExit>;

export interface Process {
  ports: ActorPorts;
  gate: PortGate;
  kill(): void;
  /** Resolves when the process died of its crash plan. */
  died: Promise<void>;
}

export interface ProcessOptions {
  site?: Executive;
  crash?: CrashPlan;
  treeSync?: TreeSync;
  server?: SimulatedServer;
}

export const endedWell: ProgramExit = { exitCode: 0, signal: null, lastLines: [] };

export class Line {
  readonly clock: VirtualClock = createVirtualClock();
  readonly log = new CollectedLog(() => this.clock.now());
  readonly tree = new FileTree();
  readonly files = createSimulatedFiles(this.tree);
  readonly sites = createRecordedSites();
  readonly programs = new Map<string, RunProgram>();
  readonly server: SimulatedServer;
  pace = 1;
  #starts = 0;
  readonly #alive = new Set<string>();

  private constructor() {
    this.server = this.newServer();
  }

  /** With XTSS running, unless it is started later. */
  static async start({ xtss = true } = {}): Promise<Line> {
    const line = new Line();
    await createDatabases(line.server);
    if (xtss) await line.startXtss();
    return line;
  }

  async startXtss(): Promise<void> {
    await this.run(createXtss(this.process('xtss', { site: 'JAO' }).ports));
  }

  newServer(): SimulatedServer {
    return createSimulatedServer({ clock: this.clock });
  }

  async newSite(): Promise<SimulatedServer> {
    const server = this.newServer();
    await createDatabases(server);
    return server;
  }

  /** The ports of a new process of this name. */
  process(name: string, options: ProcessOptions = {}): Process {
    const { site = 'EU', server = this.server } = options;
    const instance = `${name} ${++this.#starts}`;
    let told = (): void => {};
    const died = new Promise<void>((resolve) => {
      told = resolve;
    });
    const kill = (): void => {
      this.#alive.delete(instance);
      gate.end();
      told();
    };
    const gate: PortGate = new PortGate({
      clock: this.clock,
      latency_ms: () => 0,
      strikeAt: options.crash && strikeOf(options.crash),
      onKill: kill,
    });
    this.#alive.add(instance);
    const clock = gatedClock(gate, this.clock);
    const random = createSeededRandom(instance);
    const log = this.log.loggerOf(`${name}@${site}`, () => gate.alive);
    const databases = gatedServer(gate, server);
    const programs: Programs = { run: (...args) => this.#runProgram(...args) };
    const ports: ActorPorts = {
      ...{ site, name, clock, random, log, databases },
      bus: this.#busOf(instance, name, site, { clock, random, log, databases }),
      files: gatedFiles(gate, this.files),
      treeSync: gatedTreeSync(gate, options.treeSync ?? { pull: noPull }),
      programs: gatedPrograms(gate, {
        run: (program, args, more = {}) =>
          programs.run(program, args, {
            ...more,
            signal: more.signal ? AbortSignal.any([more.signal, gate.ended]) : gate.ended,
          }),
      }),
      sites: gatedSites(gate, this.sites),
      console: { print: () => {}, chooseFrom: noPerson, chooseKey: noPerson },
      activity: { begin: () => () => {}, count: () => {} },
      pace: this.pace,
    };
    return { ports, gate, kill, died };
  }

  #busOf(
    instance: string,
    actor: string,
    site: Executive,
    ports: Pick<ActorPorts, 'clock' | 'random' | 'log'> & { databases: DatabaseServer },
  ): Bus {
    return createBus({
      ...ports,
      messages: ports.databases.open(databaseNames.messages),
      self: { actor, site, machine: 'simulated', pid: this.#starts, instance },
      originIP: '127.0.0.1',
      isHolderGone: (holder) => !this.#alive.has(holder.instance),
    });
  }

  async #runProgram(...call: Parameters<Programs['run']>): Promise<ProgramExit> {
    const [program, args, options] = call;
    const run = this.programs.get(program);
    if (!run) throw new Error(`there is no program ${program}`);
    const signal = options?.signal ?? new AbortController().signal;
    signal.throwIfAborted();
    return run(args, signal, (...more) => this.#runProgram(...more), options?.env ?? {});
  }

  /** Lets time pass until `work` is done. */
  run<T>(work: Promise<T>): Promise<T> {
    return this.clock.complete(work);
  }

  async finish(actor: Actor): Promise<number> {
    const result = await this.run(actor.finished ?? Promise.reject(new Error('never ends')));
    return result.exitCode;
  }

  async putOus(ous: Partial<OusDocument>): Promise<OusDocument> {
    const timestamp = formatTimestamp(this.clock.now());
    const doc: OusDocument = {
      _id: documentId(ous.entityId ?? ousUid),
      entityId: ousUid,
      progID: progId,
      state: 'Processing',
      substate: null,
      flags: { PL_PROCESSING_EXECUTIVE: 'EU' },
      timestamp,
      ...ous,
    };
    doc.history ??= [
      { timestamp, state: doc.state, substate: doc.substate, executive: 'EU', by: 'test' },
    ];
    const database = this.server.open(databaseNames.statusEntities);
    const before = await database.get(doc._id);
    await database.put({ ...doc, ...(before && { _rev: before._rev }) });
    return doc;
  }

  async ous(): Promise<OusDocument> {
    const database = this.server.open(databaseNames.statusEntities);
    const doc = await database.get<OusDocument>(documentId(ousUid));
    if (!doc) throw new Error('there is no OUS');
    return doc;
  }

  docs<T>(database: string): Promise<T[]> {
    return this.server.open(database).allDocs<T>() as Promise<T[]>;
  }

  /** Messages to this selector, by id. */
  async messages(selector: string): Promise<Message[]> {
    const all = await this.docs<Message>(databaseNames.messages);
    return all.filter((message) => message.selector === selector);
  }

  async paths(directory: string): Promise<string[]> {
    const found: string[] = [];
    for (const { name, kind } of await this.files.list(directory)) {
      if (kind === 'file') found.push(name);
      else
        found.push(...(await this.paths(`${directory}/${name}`)).map((path) => `${name}/${path}`));
    }
    return found;
  }
}

async function createDatabases(server: SimulatedServer): Promise<void> {
  for (const name of Object.values(databaseNames)) await server.create(name);
}

async function noPerson(): Promise<undefined> {}

async function noPull(): Promise<never> {
  throw new Error('this test pulls nothing');
}
