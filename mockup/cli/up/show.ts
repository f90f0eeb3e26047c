// What a running line shows: the OUSs of JAO as they change, and the demonstration with its end.

import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { databaseNames } from '../../core/databases.ts';
import { describeError } from '../../core/errors.ts';
import { documentId } from '../../core/identifiers.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { readOus } from '../../core/ous/reading.ts';
import { openStates, oussInStates } from '../../core/queries.ts';
import { formatTimestamp } from '../../core/timestamps.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import type { Database } from '../../platform/couch/database.ts';
import {
  followDocuments,
  type LiveDocuments,
} from '../../platform/couch/documents/live-documents.ts';
import { createPinoLogger } from '../../platform/log/pino-logger.ts';
import type { Releases } from '../../platform/process/releases.ts';
import { createLivePorts } from '../actor/live-ports.ts';
import { startDemo } from '../demo/demo.ts';
import {
  type DemoPlan,
  isDelivered,
  loadPlan,
  makeUpOuss,
  savePlan,
  whatIsLeft,
} from '../demo/demo-plan.ts';
import type { DemoOus } from '../demo/ous-file.ts';
import type { EnvironmentVariables } from '../environment.ts';
import { connectTo } from '../site/connection.ts';
import type { DataDirectory } from './data-directory.ts';
import { environmentOf, type LineSite } from './line-plan.ts';
import type { LiveTable } from './live-table.ts';
import { waitUntilSettled } from './settling.ts';
import type { UpOptions } from './up-options.ts';

const SETTLE_LIMIT_MS = 15_000;
const NAMED_MAX = 5;
/** Of OUSs that stay in view when they are Delivered. */
const SHOWN_MAX = 2_000;

export interface ShowContext {
  options: UpOptions;
  given: readonly DemoOus[] | undefined;
  data: DataDirectory;
  /** JAO first. */
  sites: readonly LineSite[];
  env: EnvironmentVariables;
  table: LiveTable;
  releases: Releases;
  stopping: AbortSignal;
}

interface ShowEnd {
  outcome: 'delivered' | 'failed';
  reason?: string;
  /** For the person. */
  text: string;
}

export interface Show {
  ouss(): readonly OusDocument[];
  /** Settles when all OUSs of the demonstration are Delivered, or the time is over. */
  finished: Promise<ShowEnd>;
}

export async function startShow(context: ShowContext): Promise<Show> {
  const { options, releases, table } = context;
  const ports = await demoPorts(context);
  const entities = ports.databases.open(databaseNames.statusEntities);
  const earlier = options.demo ? loadPlan(context.data.path) : undefined;
  const wanted = [...(earlier?.ouss ?? []), ...(context.given ?? [])];
  const shown = new Set(wanted.map(({ ousUid }) => documentId(ousUid)));
  const ouss = await followDocuments<OusDocument, OusDocument>(entities, {
    queries: oussInStates(...openStates),
    ids: [...shown],
    select: (doc) => shownOus(doc, shown),
  });
  releases.add(() => ouss.stop());
  /** Of an earlier demonstration alone, and through: not counted among those of this one. */
  const past = new Set<string>();
  const current = () =>
    ouss.values().filter(({ _id, state }) => state !== 'Delivered' || !past.has(_id));
  const show = (changed: readonly string[]): void => {
    table.show(
      current(),
      changed.flatMap((id) => ouss.get(id) ?? []),
    );
  };
  show([]);
  ouss.onChange(show);
  if (!options.demo) return { ouss: current, finished: new Promise(() => {}) };

  const plan = await choosePlan(context, ouss, entities, earlier);
  for (const { ousUid } of earlier?.ouss ?? []) past.add(documentId(ousUid));
  for (const { ousUid } of plan.ouss) {
    shown.add(documentId(ousUid));
    past.delete(documentId(ousUid));
  }
  let failed: (error: unknown) => void = () => {};
  const launchFailed = new Promise<ShowEnd>((resolve) => {
    failed = (error) => {
      const reason = `launching failed: ${describeError(error)}`;
      table.say(reason);
      resolve({ outcome: 'failed', reason, text: reason });
    };
  });
  const demo = startDemo(ports, plan, ouss, failed);
  releases.add(() => demo.stop());
  if (!options.once) tellWhenDelivered(context, ouss, plan);
  const ended = options.once ? waitForEnd(context, ouss, plan) : new Promise<ShowEnd>(() => {});
  return { ouss: current, finished: Promise.race([ended, launchFailed]) };
}

/** Delivered ones are history, unless they are of the demonstration or were seen on their way. */
function shownOus(doc: OusDocument, shown: Set<string>): OusDocument | undefined {
  const ous = readOus(doc);
  if (!ous || shown.has(ous._id)) return ous;
  if (ous.state === 'Delivered') return undefined;
  if (shown.size < SHOWN_MAX) shown.add(ous._id);
  return ous;
}

/** A line that goes on says once that there is nothing more to wait for. */
function tellWhenDelivered(
  { table, releases }: ShowContext,
  ouss: LiveDocuments<OusDocument>,
  plan: DemoPlan,
): void {
  const check = (): void => {
    if (openOf(plan, ouss).length > 0) return;
    forget();
    const [count, are] =
      plan.ouss.length === 1 ? ['the OUS', 'is'] : [`all ${plan.ouss.length} OUSs`, 'are'];
    table.say(`${count} of the demonstration ${are} Delivered; Ctrl-C stops the line`);
  };
  const forget = ouss.onChange(check);
  releases.add(async () => forget());
  check();
}

function openOf(plan: DemoPlan, ouss: LiveDocuments<OusDocument>): DemoOus[] {
  return plan.ouss.filter(({ ousUid }) => !isDelivered(ouss.get(documentId(ousUid)), plan));
}

async function demoPorts(context: ShowContext): Promise<ActorPorts> {
  const { options, sites, env, data, releases, stopping } = context;
  const jao = sites[0] as LineSite;
  const file = createWriteStream(join(data.logs, 'demo.log'), { flags: 'a' });
  releases.add(() => new Promise<void>((resolve) => file.end(() => resolve())));
  return createLivePorts({
    name: 'launcher',
    site: 'JAO',
    env: {
      ...env,
      ...environmentOf(options, jao, sites),
      // It may be changed while the line runs.
      get DRAWS_PACE() {
        return String(options.pace);
      },
    },
    log: createPinoLogger({ name: 'demo', destination: file }),
    console: {
      print: () => {},
      chooseFrom: async () => undefined,
      chooseKey: async () => undefined,
    },
    heartbeat: false,
    releases,
    stopping,
  });
}

/** Goes on with the plan of a line that was stopped; a new one where nothing is left of that to do. */
async function choosePlan(
  { options, given, data, table }: ShowContext,
  ouss: LiveDocuments<OusDocument>,
  entities: Database,
  earlier: DemoPlan | undefined,
): Promise<DemoPlan> {
  const find = (ousUid: string) => ouss.get(documentId(ousUid));
  const sameOuss = !given || JSON.stringify(given) === JSON.stringify(earlier?.ouss);
  if (earlier && sameOuss && !options.fresh) {
    const { left, open, elsewhere } = whatIsLeft(earlier, find, options.sites);
    if (elsewhere.length > 0) {
      const where = [...new Set(elsewhere)].join(', ');
      table.say(`${elsewhere.length} OUSs are with ${where}, which is not among the sites`);
    }
    if (open.length > 0) {
      const others = options.ousCount === earlier.ouss.length ? '' : ' of an earlier start';
      const fresh = given ? '' : ' (--fresh: new ones)';
      table.say(`going on with ${open.length} of ${earlier.ouss.length} OUSs${others}${fresh}`);
      return left;
    }
  }
  const plan: DemoPlan = {
    cause: `demo ${formatTimestamp(Date.now())}`,
    ouss: given
      ? [...given]
      : await makeUpOuss(options.ousCount, async (ousUids) => {
          const found = await entities.getMany(ousUids.map(documentId));
          return found.map((one) => 'doc' in one);
        }),
  };
  savePlan(data.path, plan);
  return plan;
}

async function waitForEnd(
  context: ShowContext,
  ouss: LiveDocuments<OusDocument>,
  plan: DemoPlan,
): Promise<ShowEnd> {
  const { options, sites, stopping } = context;
  const started = performance.now();
  const open = () => openOf(plan, ouss);
  const inTime = await waitUntil(() => open().length === 0, ouss, options.timeLimit_s * 1000);
  if (!inTime) {
    const reason = describeOpen(open(), plan, ouss, options.timeLimit_s);
    return { outcome: 'failed', reason, text: reason };
  }
  const duration_s = (performance.now() - started) / 1000;
  const counted = sites.map(({ executive, couchdbUrl }) => ({
    site: executive,
    server: connectTo(couchdbUrl),
  }));
  const { settled } = await waitUntilSettled(counted, SETTLE_LIMIT_MS, stopping);
  const unsettled = settled ? '' : '; messages or documents are still on their way';
  const all = plan.ouss.length === 1 ? '1 OUS' : `all ${plan.ouss.length} OUSs`;
  const text = `${all} Delivered in ${duration_s.toFixed(1)} s${unsettled}`;
  return { outcome: 'delivered', text };
}

function waitUntil(
  condition: () => boolean,
  ouss: LiveDocuments<OusDocument>,
  limit_ms: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (value: boolean): void => {
      clearTimeout(timer);
      forget();
      resolve(value);
    };
    const check = (): void => {
      if (condition()) end(true);
    };
    const timer = setTimeout(() => end(false), limit_ms);
    const forget = ouss.onChange(check);
    check();
  });
}

function describeOpen(
  open: readonly DemoOus[],
  plan: DemoPlan,
  ouss: LiveDocuments<OusDocument>,
  limit_s: number,
): string {
  const names = open.slice(0, NAMED_MAX).map(({ ousUid }) => {
    const ous = ouss.get(documentId(ousUid));
    return `${ousUid} is ${ous ? `${ous.state} ${ous.substate ?? ''}`.trim() : 'not launched'}`;
  });
  const more = open.length > NAMED_MAX ? ', …' : '';
  const count = `${open.length} of ${plan.ouss.length} OUSs`;
  return `${count} not Delivered after ${limit_s} s: ${names.join(', ')}${more}`;
}
