// One storm from its plan to what was wrong: first safety while the faults go on, then, in the calm
// that follows, everything must come to a good end within a limit.

import { describeError } from '../../core/errors.ts';
import { DeliveryWatch } from '../checkers/delivery-watch.ts';
import { SafetyWatch } from '../checkers/safety-watch.ts';
import { type DrawsLine, startDrawsLine } from '../scenarios/draws-line.ts';
import { Injector } from './injector.ts';
import type { Fault, StormPlan } from './storm-plan.ts';
import { StrikeBook } from './strike-book.ts';

/** Long enough for every lease to end and every repair to be made. */
const CALM_LIMIT_MS = 3_600_000;
/** What would happen twice happens within this time. */
const AFTERWARDS_MS = 60_000;
const STEPS_MAX = 150_000;

export interface StormOutcome {
  seed: string;
  /** What is wrong; nothing: an empty list. */
  problems: string[];
  /** How many faults of each kind came over the line. */
  injected: Record<string, number>;
  /** Port calls by process and name, and by what struck them: `dra@JAO msgq.bulk kill before`. */
  calls: Record<string, number>;
  struck: Record<string, number>;
  /** Steps of OUSs through the life cycle. */
  transitions: Record<string, number>;
  /** From the first launch until the last was delivered. */
  virtual_s: number;
}

/** Told of what happens, for a story. */
export interface StormWitness {
  begin(line: DrawsLine): void;
  fault(fault: Fault, what: string): void;
}

export async function runStorm(plan: StormPlan, witness?: StormWitness): Promise<StormOutcome> {
  const injected = new Map<string, number>();
  const count = ({ kind }: Fault) => void injected.set(kind, (injected.get(kind) ?? 0) + 1);
  const book = new StrikeBook(({ fault, call }) => {
    count(fault);
    witness?.fault(fault, `at ${call}`);
  });
  const line = await startLine(plan, book);
  witness?.begin(line);
  const injector = new Injector({
    line,
    book,
    onFault: (fault, moment) => {
      if (moment === 'begins') count(fault);
      witness?.fault(fault, moment);
    },
  });
  const { clock, network } = line.world;
  const safety = new SafetyWatch(network.host('JAO').server.observe('status-entities'));
  const deliveries = line.arcs.map((arc) => new DeliveryWatch(arc, network.host(arc).server));
  const problems: string[] = [];
  try {
    injector.start(plan);
    await clock.runFor(plan.duration_ms, { steps_max: STEPS_MAX });
    injector.end();
    await line.runToDelivered(CALM_LIMIT_MS, STEPS_MAX);
    await clock.runFor(AFTERWARDS_MS);
    problems.push(...(await line.check()));
  } catch (error) {
    problems.push(`stuck: ${describeError(error)}`, ...(await problemsOf(line)));
  }
  return {
    seed: plan.seed,
    problems: [...safety.problems, ...deliveries.flatMap((watch) => watch.problems), ...problems],
    injected: Object.fromEntries(injected),
    calls: Object.fromEntries(book.calls),
    struck: countsOf(
      book.struck.map(({ fault: { process, site, kind, moment = 'before' }, call }) => {
        return `${process}@${site} ${call} ${kind} ${moment}`;
      }),
    ),
    transitions: countsOf(safety.transitions),
    virtual_s: Math.round(clock.monotonic() / 1000),
  };
}

async function startLine(plan: StormPlan, book: StrikeBook): Promise<DrawsLine> {
  const { seed, ous, sites, maxJobs, failureRate, failShare } = plan;
  const verdicts = {
    pass: 0.9 * (1 - failShare),
    semipass: 0.1 * (1 - failShare),
    fail: failShare,
  };
  return startDrawsLine({
    ...{ seed, ous, sites, maxJobs, failureRate, verdicts, shipped: plan.servers === 'shipped' },
    restartsFailed: true,
    strikesOf: (name, site) => book.strikesOf(name, site),
  });
}

/** Of a line that is stuck: what of it is not as it should be. */
async function problemsOf(line: DrawsLine): Promise<string[]> {
  try {
    return await line.check();
  } catch (error) {
    return [`can't be checked: ${describeError(error)}`];
  }
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
