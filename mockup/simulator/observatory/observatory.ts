// A whole observatory from a scenario: the actors of the line at their sites, people at its
// terminals, links between the sites. The calendar goes thousands of times faster than the actors'
// timers: leases and heartbeats of a year are those of two hours, and all work that stands for
// real hours is as much shorter. Docs and measures have the calendar's times.

import { createAquaBatchHelper } from '../../actors/aqua-batch-helper/aqua-batch-helper.ts';
import { createAquaQa2 } from '../../actors/aqua-qa2/aqua-qa2.ts';
import { createDataTracker } from '../../actors/data-tracker/data-tracker.ts';
import { createDra } from '../../actors/dra/dra.ts';
import { createLauncher } from '../../actors/launcher/launcher.ts';
import { createProductIngestor } from '../../actors/product-ingestor/product-ingestor.ts';
import { createReplicatedCache } from '../../actors/replicated-cache/replicated-cache.ts';
import { createTorqueMaui } from '../../actors/torque-maui/torque-maui.ts';
import { createXtss } from '../../actors/xtss/xtss.ts';
import type { Executive } from '../../core/executives.ts';
import type { Random } from '../../platform/random/random.ts';
import { createSeededRandom } from '../../platform/random/seeded-random.ts';
import { type ObservedOus, pickByWeight, startOf } from '../cycle/observed-ouss.ts';
import { executiveOf, type Scenario, type Site, sites } from '../cycle/scenario.ts';
import type { RunRecord } from '../measures/cycle-record.ts';
import { Usage } from '../measures/usage.ts';
import { createDataReducer } from '../people/data-reducer.ts';
import { Desk, DeskPerson } from '../people/desk-person.ts';
import { Staff } from '../people/staff.ts';
import type { WorkingTime } from '../people/working-time.ts';
import { draw } from '../quantity/distribution.ts';
import { cacheDirectoryOf, cacheSourceOf } from '../world/network.ts';
import type { SupervisedActor } from '../world/supervised-actor.ts';
import { createWorld, type World } from '../world/world.ts';
import { cyclePrograms } from './cycle-programs.ts';
import { ObservatoryTraffic } from './traffic.ts';

const CALENDAR_RATE = 4000;

export interface Observatory {
  world: World;
  /** Virtual milliseconds of a second of the calendar. */
  second_ms: number;
  traffic: ObservatoryTraffic;
  /** Pipeline slots in use, by site. */
  slots: ReadonlyMap<Executive, Usage>;
  assigners: Staff;
  reviewers: Staff;
  reducers: ReadonlyMap<Site, Staff>;
  runs: RunRecord[];
  torque: ReadonlyMap<Site, SupervisedActor>;
}

/** Starts all actors at all sites that have a share; the OUSs are launched as time passes. */
export async function startObservatory(
  scenario: Scenario,
  ouss: readonly ObservedOus[],
  calendarRate: number = CALENDAR_RATE,
): Promise<Observatory> {
  const second_ms = 1000 / calendarRate;
  const open = sites.filter((site) => site === 'jao' || scenario[site].share > 0);
  const byUid = new Map(ouss.map((ous) => [ous.ousUid, ous]));
  const ousNamed = (ousUid: string): ObservedOus => {
    const ous = byUid.get(ousUid);
    if (!ous) throw new RangeError(`no OUS ${ousUid} is observed`);
    return ous;
  };
  const desk = new Desk();
  const traffic = new ObservatoryTraffic(scenario, ouss, {
    second_ms,
    onArrival: () => desk.lookAgain(),
  });
  const runs: RunRecord[] = [];
  const slots = new Map<Executive, Usage>();
  const draws = new Draws(scenario);
  const world = await createWorld({
    seed: scenario.seed,
    sites: open.map(executiveOf),
    pace: 1 / calendarRate,
    calendarRate,
    start: `${scenario.start}T00:00:00.000`,
    undisturbed: true,
    traffic,
    requestLatency_ms: [0, 0],
    linkLatency_ms: [
      scenario['replication-delay'] * second_ms,
      scenario['replication-delay'] * second_ms,
    ],
    programs: cyclePrograms({
      ...{ traffic, ousNamed, second_ms },
      runTime_s: (ousUid) => draw(scenario.runs.time, draws.next('run', ousUid)),
      slotsOf: (site) => slots.get(site) as Usage,
      onRun: (run) => runs.push(run),
    }),
  });
  const { clock } = world;
  traffic.useClock(clock);
  const staffOf = (site: Site, count: number): Staff =>
    new Staff({ clock, second_ms, working: workingTime(scenario, site), count });
  const assigners = staffOf('jao', scenario.assigners.count);
  const reviewers = staffOf('jao', scenario.reviewers.count);
  const reducers = new Map(open.map((site) => [site, staffOf(site, scenario[site].reducers)]));
  for (const site of open) slots.set(executiveOf(site), new Usage(() => clock.now()));
  startJao(world, scenario, { assigners, reviewers, desk, traffic, ousNamed, draws });
  const torque = new Map<Site, SupervisedActor>();
  for (const site of open) {
    torque.set(site, startSite(world, scenario, site, open));
    const staff = reducers.get(site) as Staff;
    if (staff.count > 0) startReducers(world, scenario, site, { staff, ousNamed, draws });
  }
  for (const ous of ouss) launchLater(world, ous, second_ms);
  return { world, second_ms, traffic, slots, assigners, reviewers, reducers, runs, torque };
}

/** Chance by kind and OUS: one scenario's longer queue changes nothing of what is drawn. */
class Draws {
  readonly #seed: string;
  readonly #sources = new Map<string, Random>();

  constructor({ seed }: Scenario) {
    this.#seed = seed;
  }

  next(kind: string, ousUid: string): Random {
    const name = `${kind} ${ousUid}`;
    const source = this.#sources.get(name) ?? createSeededRandom(`${this.#seed} ${name}`);
    this.#sources.set(name, source);
    return source;
  }
}

interface JaoOptions {
  assigners: Staff;
  reviewers: Staff;
  desk: Desk;
  traffic: ObservatoryTraffic;
  ousNamed(ousUid: string): ObservedOus;
  draws: Draws;
}

function startJao(world: World, scenario: Scenario, options: JaoOptions): void {
  const { assigners, reviewers, traffic, ousNamed, draws } = options;
  const jao = { site: 'JAO', options: undefined } as const;
  world.startActor({ ...jao, name: 'xtss', factory: createXtss });
  world.startActor({ ...jao, name: 'aqua-batch-helper', factory: createAquaBatchHelper });
  const { qa2 } = scenario;
  const keys = { P: qa2.pass, S: qa2.semipass, F: qa2.fail };
  const verdict = (ousUid: string): string =>
    pickByWeight(draws.next('verdict', ousUid), Object.entries(keys), ([, weight]) => weight)[0];
  const draDesk = new Desk();
  const assigner = (): DeskPerson =>
    new DeskPerson(draDesk, assigners, {
      isReady: () => true,
      choosing_s: (ousUid) => draw(scenario.assigners.task, draws.next('assigning', ousUid)),
      deciding_s: () => 0,
      answer: (ousUid) => ousNamed(ousUid).executive,
      key: () => '',
    });
  const reviewer = (): DeskPerson =>
    new DeskPerson(options.desk, reviewers, {
      isReady: (ousUid) => traffic.isHere(ousUid),
      choosing_s: () => 0,
      deciding_s: (ousUid) => draw(scenario.reviewers.task, draws.next('review', ousUid)),
      answer: () => '',
      key: verdict,
    });
  const draOptions = { consoles: Array.from({ length: assigners.count }, assigner) };
  world.startActor({ ...jao, name: 'dra', factory: createDra, options: draOptions });
  const aquaOptions = { consoles: Array.from({ length: reviewers.count }, reviewer) };
  world.startActor({ ...jao, name: 'aqua-qa2', factory: createAquaQa2, options: aquaOptions });
  const ingestor = { name: 'product-ingestor', factory: createProductIngestor };
  world.startActor({ ...jao, ...ingestor, options: { localCache: cacheDirectoryOf('JAO') } });
}

/** Of each site, JAO too; the batch system, where there are slots. */
function startSite(
  world: World,
  scenario: Scenario,
  name: Site,
  open: readonly Site[],
): SupervisedActor {
  const site = executiveOf(name);
  const others = open.map(executiveOf).filter((other) => other !== site);
  const localCache = cacheDirectoryOf(site);
  const cacheOptions = {
    localCache,
    caches: Object.fromEntries(others.map((other) => [other, cacheSourceOf(other)])),
    host: '127.0.0.1',
    port: 8000,
  };
  const cache = { site, name: 'replicated-cache', factory: createReplicatedCache };
  world.startActor({ ...cache, options: cacheOptions });
  world.startActor({
    ...{ site, name: 'data-tracker', factory: createDataTracker, options: undefined },
  });
  const { slots } = scenario[name];
  const { failure: failureRate } = scenario.runs;
  const torqueOptions = {
    ...{ maxJobs: Math.max(slots, 1), failureRate },
    ...{ runsDirectory: '/runs', cacheDirectory: localCache },
  };
  const torque = { site, name: 'torque-maui', factory: createTorqueMaui };
  return world.startActor({ ...torque, options: torqueOptions });
}

function startReducers(
  world: World,
  { runs }: Scenario,
  name: Site,
  { staff, ousNamed, draws }: { staff: Staff } & Pick<JaoOptions, 'ousNamed' | 'draws'>,
): void {
  const site = executiveOf(name);
  const options = {
    staff,
    cacheDirectory: cacheDirectoryOf(site),
    isOfThisSite: (ousUid: string) => ousNamed(ousUid).executive === site,
    byHand_s: (ousUid: string) => draw(runs.manual, draws.next('by hand', ousUid)),
    problem_s: (ousUid: string) => draw(runs.problem, draws.next('problem', ousUid)),
  };
  world.startActor({ site, name: 'data-reducer', factory: createDataReducer, options });
}

function launchLater(world: World, ous: ObservedOus, second_ms: number): void {
  const { clock } = world;
  const { progId, ousUid, recipe, observed_ms, staging_s } = ous;
  const delay_ms = ((observed_ms - clock.now()) / 1000 + staging_s) * second_ms;
  clock.timer(delay_ms, () => {
    const options = { progId, ousUid, recipe, cause: `staged after ${observed_ms}` };
    world.start({ site: 'JAO', name: 'launcher', factory: createLauncher, options });
  });
}

function workingTime({ office, outages, ...scenario }: Scenario, site: Site): WorkingTime {
  const away = outages
    .filter((outage) => outage.what === 'people' && outage.site === site)
    .map(({ from, to }) => [startOf(from), startOf(to)] as const)
    .sort(([a], [b]) => a - b);
  return { hours: office.hours, days: office.days, utc: scenario[site].utc, away };
}
