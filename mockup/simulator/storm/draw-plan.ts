// What a seed means: the storm that follows from it. Each seed gets a few kinds of faults alone, so
// that each kind is seen without those that would hide what it does.

import type { Executive } from '../../core/executives.ts';
import {
  integerBetween,
  numberBetween,
  pickOne,
  type Random,
} from '../../platform/random/random.ts';
import { createSeededRandom } from '../../platform/random/seeded-random.ts';
import { type FaultKind, faultNames, ofShippedServers } from './fault-kinds.ts';
import type { Fault, StormPlan } from './storm-plan.ts';

export interface Aim {
  process: string;
  site: Executive;
  call: string;
}

export interface DrawOptions {
  ous: number;
  sites: readonly Executive[];
  faults: readonly FaultKind[];
  servers: StormPlan['servers'];
  /** Half of the strikes come here: what was never struck before. */
  aim?: Aim | undefined;
}

/** The longer the more work there is; most faults come early, while most is under way. */
const DURATION_MS = { least: 40_000, ofEachOus: 10_000 };
const FAULTS = [2, 14] as const;
/** How many of the kinds a seed has. */
const KINDS_SHARE = 0.35;
const LAST_SHARE = 0.9;

const atJao = ['xtss', 'aqua-batch-helper', 'dra', 'aqua-qa2', 'product-ingestor', 'launcher'];
const atArc = ['torque-maui', 'data-tracker', 'pipeline-driver', 'pipeline'];
/** Which calls a strike waits for: rare ones would never be met by chance. */
const calls = [
  ...['*', '*', '*.bulk', '*.put', '*.write', '*.get', '*.find', '*.leaves', 'msgq.*', 'files.*'],
  ...['status-entities.*', 'files.write', 'files.copy', 'files.rename', 'files.remove'],
  ...['pipeline-reports.*', 'delivery-status.*', 'ngas.*', 'products-metadata.*'],
];
const databaseCalls = calls.filter((name) => !name.startsWith('files'));
/** Actors of which a second one may run. */
const twins = ['xtss', 'aqua-qa2', 'product-ingestor', 'replicated-cache', 'torque-maui'];

export function drawPlan(seed: string, options: DrawOptions): StormPlan {
  const random = createSeededRandom(`${seed} plan`);
  const { ous, sites } = options;
  const possible = possibleFaults(options);
  const chosen = possible.filter(() => random.next() < KINDS_SHARE);
  const kinds = chosen.length > 0 ? chosen : [pickOne(random, possible)];
  const count = integerBetween(random, ...FAULTS);
  const duration_ms = DURATION_MS.least + ous * DURATION_MS.ofEachOus;
  const faults = Array.from({ length: count }, () => {
    const at_ms = Math.round(random.next() ** 2 * duration_ms * LAST_SHARE);
    const one = drawFault(random, pickOne(random, kinds), sites, at_ms);
    return options.aim && random.next() < 0.5 ? aimed(one, options.aim) : one;
  });
  return {
    seed,
    ous,
    servers: options.servers,
    sites: [...sites],
    duration_ms,
    maxJobs: integerBetween(random, 1, 2),
    failureRate: pickOne(random, [0, 0, 0.3]),
    failShare: pickOne(random, [0, 0, 0.3]),
    faults: faults.sort((a, b) => a.at_ms - b.at_ms),
  };
}

/** Of the chosen ones those that these servers can have. */
export function possibleFaults({
  faults,
  servers,
}: Pick<DrawOptions, 'faults' | 'servers'>): FaultKind[] {
  return faults.filter((kind) => servers === 'shipped' || !ofShippedServers.has(kind));
}

export function isFaultKind(name: string): name is FaultKind {
  return (faultNames as readonly string[]).includes(name);
}

function drawFault(
  random: Random,
  kind: FaultKind,
  sites: readonly Executive[],
  at_ms: number,
): Fault {
  const arcs = sites.filter((site) => site !== 'JAO');
  const base = { kind, at_ms };
  const arc = pickOne(random, arcs);
  const any = pickOne(random, sites);
  const for_ms = (low: number, high: number): number =>
    Math.round(numberBetween(random, low, high));
  const moment = pickOne(random, ['before', 'after'] as const);
  const at = (...names: string[]) => ({
    ...drawProcess(random, arc),
    call: pickOne(random, names),
  });
  switch (kind) {
    case 'kill':
      return { ...base, ...at(...calls), moment };
    case 'freeze':
      return { ...base, ...at(...calls), moment, for_ms: for_ms(2_000, 90_000) };
    case 'refused':
      return { ...base, ...at(...databaseCalls), moment: 'before' };
    case 'answer-lost':
      return { ...base, ...at('*.bulk', '*.put', '*.write', '*.putAttachment'), moment: 'after' };
    case 'late':
      return { ...base, ...at(...databaseCalls), moment, for_ms: for_ms(3_000, 40_000) };
    case 'torn':
      return { ...base, ...at('files.write', 'files.copy'), moment: 'before' };
    case 'rsync-half':
      return {
        ...base,
        ...{ process: 'replicated-cache', site: any, call: 'treeSync.pull', moment: 'before' },
      };
    case 'cut':
      return { ...base, site: arc, for_ms: for_ms(1_000, 60_000) };
    case 'one-way': {
      const way = pickOne(random, ['to JAO', 'from JAO'] as const);
      return { ...base, site: arc, way, for_ms: for_ms(1_000, 60_000) };
    }
    case 'slow':
      return { ...base, site: arc, factor: pickOne(random, [10, 50, 200]), for_ms: 40_000 };
    case 'duplicate':
      return { ...base, site: arc };
    case 'reorder':
      return { ...base, site: any, for_ms: for_ms(5_000, 60_000) };
    case 'disk-full':
      return { ...base, site: any, for_ms: for_ms(1_000, 30_000) };
    case 'clock-step':
      return { ...base, site: any, step_ms: for_ms(-60_000, 60_000) };
    case 'clock-drift': {
      const factor = pickOne(random, [0.95, 0.999, 1.001, 1.05]);
      return { ...base, site: any, factor, for_ms: for_ms(10_000, 60_000) };
    }
    case 'server-restart':
      return { ...base, site: any, for_ms: for_ms(500, 20_000) };
    case 'twin': {
      const process = pickOne(random, twins);
      const isAtArc = atArc.includes(process) || (process === 'replicated-cache' && any !== 'JAO');
      return { ...base, process, site: isAtArc ? arc : 'JAO', for_ms: for_ms(20_000, 90_000) };
    }
  }
}

function drawProcess(random: Random, arc: Executive): Pick<Fault, 'site'> & { process: string } {
  const [process, site] = pickOne<[string, Executive]>(random, [
    ...atJao.map((name): [string, Executive] => [name, 'JAO']),
    ...atArc.map((name): [string, Executive] => [name, arc]),
    ['replicated-cache', 'JAO'],
    ['replicated-cache', arc],
  ]);
  return { process, site };
}

function aimed(one: Fault, { process, site, call }: Aim): Fault {
  return one.call === undefined || one.kind === 'rsync-half'
    ? one
    : { ...one, process, site, call };
}
