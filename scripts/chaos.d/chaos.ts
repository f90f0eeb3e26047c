// The programme: a line starts, OUSs go through it while faults happen by a plan that is printed
// first, then it is calm, and what is left is checked.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runUntilStopped } from '../../mockup/cli/actor/run-until-stopped.ts';
import { Releases } from '../../mockup/platform/process/releases.ts';
import { printable } from '../../mockup/platform/text/printable.ts';
import { missingRequirements } from '../two-hosts.d/requirements.ts';
import type { ChaosWorld } from './chaos-world.ts';
import { type Convergence, waitForRest } from './convergence.ts';
import { describeFault, planFaults } from './fault-plan.ts';
import { FaultRunner } from './fault-runner.ts';
import { createHostsWorld } from './hosts-world.ts';
import { createLocalWorld } from './local-world.ts';
import { connect, findProblems } from './remains.ts';
import { launchAll } from './traffic.ts';

export interface ChaosOptions {
  ousCount: number;
  seed: number;
  minutes: number;
  failureRate: number;
  /** `hosts`: network namespaces; `local`: two servers and a proxy as link. */
  where: 'hosts' | 'local' | 'best';
  /** The figures as JSON. */
  jsonFile?: string | undefined;
  keep: boolean;
}

export interface ChaosReport {
  seed: number;
  ouss: number;
  minutes: number;
  where: 'hosts' | 'local';
  faults: string[];
  /** How many of them could not be done. */
  failedFaults: number;
  /** Processes that were started again. */
  restarts: number;
  lost: number;
  doubled: number;
  converged_s: number | null;
  problems: string[];
}

/** What a calm line may take to come to rest. */
const CONVERGE_LIMIT_S = 60;
/** For the figures: how long it really takes where that is not kept. */
const PATIENCE_S = 240;

/** Gives the exit code: 0 where nothing was lost or doubled and it converged in time. */
export async function runChaos(options: ChaosOptions): Promise<number> {
  const missing = missingRequirements(false);
  const where = options.where === 'local' || missing.length > 0 ? 'local' : 'hosts';
  if (options.where === 'hosts' && missing.length > 0) {
    for (const line of missing) process.stderr.write(`chaos: ${line}\n`);
    return 3;
  }
  if (where === 'local' && options.where === 'best') say(`no two hosts: ${missing.join('; ')}`);
  return runUntilStopped(async (stopping) => {
    const releases = new Releases();
    // All is released when nothing is acquired any more, and also where the programme fails.
    const finished = programme(options, where, releases, stopping).finally(() =>
      releases.release(),
    );
    return { stop: () => finished.then(noMore, noMore), finished };
  });
}

const noMore = (): void => {};
const say = (text: string): void => void process.stdout.write(`${printable(text)}\n`);

async function programme(
  options: ChaosOptions,
  where: 'hosts' | 'local',
  releases: Releases,
  stopping: AbortSignal,
): Promise<{ exitCode: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'draws-chaos-'));
  releases.add(() => {
    if (options.keep) say(`all is kept in ${directory}`);
    else rmSync(directory, { recursive: true, force: true });
  });
  const duration_s = options.minutes * 60;
  const pace = paceFor(options.ousCount, duration_s);
  say(
    `chaos: seed ${options.seed}, ${options.ousCount} OUSs, ${options.minutes} minutes, ${where}`,
  );
  const create = where === 'hosts' ? createHostsWorld : createLocalWorld;
  const world = await create({ ...options, directory, pace, say });
  releases.add(() => world.stop());
  if (stopping.aborted) return { exitCode: 1 };
  for (const line of world.unable) say(`not here: ${line}`);
  const plan = planFaults(options.seed, duration_s, {
    processes: world.processes,
    sites: [world.jao.name, world.arc.name],
    kinds: world.kinds,
  });
  say(`${plan.length} faults:`);
  for (const fault of plan) say(describeFault(fault));
  say('they begin:');
  const traffic = await launchAll(world, { ...options, directory, pace }, releases, stopping);
  const runner = new FaultRunner(world, options.seed, say);
  await runner.run(plan, stopping);
  await runner.end();
  if (stopping.aborted) return { exitCode: 1 };
  await runner.calm();
  say('calm');
  const rest = await waitForRest(
    connect(world.jao.url),
    connect(world.arc.url),
    traffic.ousUids,
    PATIENCE_S,
    stopping,
  );
  if (stopping.aborted) return { exitCode: 1 };
  const report = await reportOf(options, where, world, traffic.ousUids, runner, rest);
  tell(report, rest);
  if (options.jsonFile) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  const inTime = report.converged_s !== null && report.converged_s <= CONVERGE_LIMIT_S;
  return { exitCode: report.problems.length === 0 && inTime ? 0 : 1 };
}

async function reportOf(
  options: ChaosOptions,
  where: 'hosts' | 'local',
  world: ChaosWorld,
  ousUids: readonly string[],
  { done, failed }: FaultRunner,
  rest: Convergence,
): Promise<ChaosReport> {
  const problems = await findProblems(world, ousUids);
  const about = (isSo: (problem: string) => boolean): number =>
    ousUids.filter((uid) => problems.some((line) => line.includes(`${uid} `) && isSo(line)))
      .length;
  return {
    ...{ seed: options.seed, ouss: options.ousCount, minutes: options.minutes, where },
    ...{ faults: done, failedFaults: failed },
    restarts: world.restarts(),
    lost: about((line) => /no such OUS|it is /.test(line) || surplus(line) < 0),
    doubled: about((line) => /happened twice|other products/.test(line) || surplus(line) > 0),
    converged_s: rest.converged ? Math.round(rest.duration_s * 10) / 10 : null,
    problems,
  };
}

/** How many documents there are beyond those that there should be. */
function surplus(problem: string): number {
  const [, found = '0', expected = '0'] = /: (\d+) [a-z ]+ instead of (\d+)/.exec(problem) ?? [];
  return Number(found) - Number(expected);
}

function tell(report: ChaosReport, rest: Convergence): void {
  for (const problem of report.problems) say(`PROBLEM ${problem}`);
  for (const line of rest.waitingFor.slice(0, 10)) say(`still waiting: ${line}`);
  const converged = rest.converged
    ? `converged ${report.converged_s} s after calm`
    : `not converged ${PATIENCE_S} s after calm`;
  const failed = report.failedFaults > 0 ? ` (${report.failedFaults} could not be done)` : '';
  say(
    `seed ${report.seed}: ${report.ouss} OUSs, ${report.faults.length} faults${failed}, ` +
      `${report.restarts} restarts; ${report.lost} lost, ${report.doubled} doubled, ${converged}`,
  );
}

/** So that all OUSs are launched, and most are through, while faults still happen. */
function paceFor(ousCount: number, duration_s: number): number {
  const perOus_s = 2.75;
  const alone_s = 20;
  return Math.min(1, (duration_s * 0.5) / (ousCount * perOus_s + alone_s));
}
