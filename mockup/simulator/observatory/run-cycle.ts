// Runs a scenario from its first day until everything is delivered, or nobody waits any longer, and
// gives what is on record.

import { databaseNames } from '../../core/databases.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { parseTimestamp } from '../../core/timestamps.ts';
import { type ObservedOus, type OusName, observe, startOf } from '../cycle/observed-ouss.ts';
import { executiveOf, type Scenario, sites } from '../cycle/scenario.ts';
import type { CycleRecord, OusRecord, ResourceRecord } from '../measures/cycle-record.ts';
import { workingBetween } from '../people/working-time.ts';
import { bodyOf, type DocumentStore, type StoredDocument } from '../store/document-store.ts';
import { type Observatory, startObservatory } from './observatory.ts';
import { scheduleOutages } from './outages.ts';

/** Finished messages leave the memory, as housekeeping removes them from a live line. */
const TIDY_MS = 20_000;

export interface CycleOptions {
  /** OUSs of a file, in place of the scenario's count. */
  names?: readonly OusName[] | undefined;
  onProgress?(progress: Progress): void;
  /** How many times faster the calendar goes than leases, heartbeats and retries. */
  calendarRate?: number | undefined;
  /** Ends the run early; the promise rejects with its reason. */
  signal?: AbortSignal | undefined;
}

export interface Progress {
  /** Of the calendar. */
  now_ms: number;
  delivered: number;
  ouss: number;
}

export async function runCycle(
  scenario: Scenario,
  { names, calendarRate, onProgress, signal }: CycleOptions = {},
): Promise<CycleRecord> {
  const observed = observe(scenario, names);
  const observatory = await startObservatory(scenario, observed, calendarRate);
  const { world } = observatory;
  const { clock } = world;
  scheduleOutages(observatory, scenario);
  const ouss = world.network.host('JAO').server.store(databaseNames.statusEntities);
  const delivered = new Set<string>();
  ouss.onWrite((written) => {
    if (bodyOf(written).state === 'Delivered') delivered.add(written.id);
    else delivered.delete(written.id);
  });
  tidyRegularly(observatory);
  const total_s = scenario.duration + scenario.patience;
  clock.timer(total_s * observatory.second_ms, () => {});
  const end_ms = startOf(scenario.start) + total_s * 1000;
  let told = 0;
  await world.runUntil(
    () => {
      signal?.throwIfAborted();
      if (onProgress && clock.steps - told > 500) {
        told = clock.steps;
        onProgress({ now_ms: clock.now(), delivered: delivered.size, ouss: observed.length });
      }
      return delivered.size === observed.length || clock.now() >= end_ms;
    },
    { limit_ms: Number.POSITIVE_INFINITY, steps_max: Number.POSITIVE_INFINITY },
  );
  return recordOf(scenario, observatory, observed, ouss);
}

function recordOf(
  scenario: Scenario,
  observatory: Observatory,
  observed: readonly ObservedOus[],
  store: DocumentStore,
): CycleRecord {
  const { world, runs } = observatory;
  const start_ms = startOf(scenario.start);
  const histories = new Map([...store.documents()].map((one) => [bodyOf(one).entityId, one]));
  return {
    name: scenario.name,
    seed: scenario.seed,
    start_ms,
    end_ms: start_ms + scenario.duration * 1000,
    over_ms: world.clock.now(),
    ouss: observed.map((ous) => ousRecord(ous, histories.get(ous.ousUid))),
    runs,
    resources: resourcesOf(scenario, observatory, start_ms),
  };
}

function ousRecord(ous: ObservedOus, document: StoredDocument | undefined): OusRecord {
  const { history = [] } = (document ? bodyOf(document) : {}) as unknown as Partial<OusDocument>;
  const states: OusRecord['states'] = [];
  for (const { state, timestamp } of history) {
    if (states.at(-1)?.state === state) continue;
    states.push({ state, since_ms: parseTimestamp(timestamp) });
  }
  const { ousUid, progId, array, byHand, executive, raw_bytes, products_bytes, observed_ms } = ous;
  return {
    ...{ ousUid, progId, array, byHand, executive, raw_bytes, products_bytes, observed_ms },
    states,
  };
}

/** Use counts over the time of the observations: what comes after only empties the queues. */
function resourcesOf(
  scenario: Scenario,
  { slots, assigners, reviewers, reducers, traffic, world }: Observatory,
  start_ms: number,
): ResourceRecord[] {
  const now_ms = world.clock.now();
  const end_ms = Math.min(start_ms + scenario.duration * 1000, now_ms);
  const resources: ResourceRecord[] = [];
  for (const site of sites) {
    const usage = slots.get(executiveOf(site));
    const capacity = scenario[site].slots;
    if (!usage || scenario[site].share === 0) continue;
    const use = usage.mean(start_ms, end_ms) / capacity;
    const name = `slots at ${executiveOf(site)}`;
    const key = `${site}.slots`;
    resources.push({ name, kind: 'slots', key, capacity, use, changes: usage.changes });
  }
  const staffs = [
    ['assigners', 'assigners.count', assigners] as const,
    ['reviewers', 'reviewers.count', reviewers] as const,
    ...[...reducers].map(
      ([site, staff]) => [`reducers at ${executiveOf(site)}`, `${site}.reducers`, staff] as const,
    ),
  ];
  for (const [name, key, { count, worked_s, working, usage }] of staffs) {
    if (count === 0) continue;
    const there_s = (count * workingBetween(working, start_ms, now_ms)) / 1000;
    const use = there_s > 0 ? worked_s / there_s : 0;
    resources.push({ name, kind: 'people', key, capacity: count, use, changes: usage.changes });
  }
  for (const [name, { link, usage }] of traffic.links) {
    const use = Math.min(link.use.busy_s / ((now_ms - start_ms) / 1000), 1);
    const [from = '', , to = ''] = name.split(' ');
    const key = from === 'JAO' ? `${to.toLowerCase()}.from-jao` : `${from.toLowerCase()}.to-jao`;
    const capacity = link.rate_bytes_s;
    resources.push({
      name: `link ${name}`,
      kind: 'link',
      key,
      capacity,
      use,
      changes: usage.changes,
    });
  }
  return resources;
}

function tidyRegularly({ world }: Observatory): void {
  world.clock.timer(TIDY_MS, () => {
    for (const { server } of world.network.hosts.values()) {
      const messages = server.store(databaseNames.messages);
      for (const document of [...messages.documents()]) {
        if (isFinished(document)) messages.forget(document.id);
      }
    }
    tidyRegularly({ world } as Observatory);
  });
}

function isFinished(document: StoredDocument): boolean {
  const { consumed, delivery } = bodyOf(document) as { consumed?: unknown; delivery?: unknown };
  const { state = 'done' } = (delivery ?? {}) as { state?: unknown };
  return consumed === true && state === 'done';
}
