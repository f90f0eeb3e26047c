// What `draws simulate` is asked for, read and checked.

import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { type OusName, observe } from '../../simulator/cycle/observed-ouss.ts';
import { checkScenario, contentOf, readScenario } from '../../simulator/cycle/read-scenario.ts';
import type { Scenario } from '../../simulator/cycle/scenario.ts';
import { type Goal, readGoal } from '../../simulator/grid/goal.ts';
import {
  readVaried,
  type Setting,
  settingsOf,
  type Varied,
  withSetting,
} from '../../simulator/grid/settings.ts';
import { readOusFile } from '../demo/ous-file.ts';
import { UsageError } from '../usage-error.ts';
import { readScenarioText } from './scenarios.ts';

export interface SimulateOptions {
  seed?: string;
  set: string[];
  vary: string[];
  seeds?: string;
  goal?: string;
  jobs: string;
  oneMore?: boolean;
  json?: boolean;
  csv?: string;
  report?: string;
  record?: string;
}

const SEEDS_MAX = 10_000;
const JOBS_MAX = 256;
const RUNS_MAX = 100_000;

/** A scenario with all that is changed of it by options, and what is to be tried. */
export interface Plan {
  name: string;
  content: Record<string, unknown>;
  scenario: Scenario;
  names: readonly OusName[] | undefined;
  varied: readonly Varied[];
  settings: readonly Setting[];
  seeds: readonly string[];
  goal: Goal | undefined;
  jobs: number;
}

/** Throws UsageError, ConfigurationError, InvalidInputError. */
export function readPlan(given: string, options: SimulateOptions): Plan {
  const { name, text, directory } = readScenarioText(given);
  readScenario(text, name);
  const fixed = options.set.map((one) => readSetting(one));
  const content = fixed.reduce(withSetting, contentOf(text));
  if (options.seed !== undefined) content.seed = options.seed;
  const scenario = checkScenario(content, name);
  const { file } = scenario.ous;
  const names = file === undefined ? undefined : readOusFile(resolve(directory, file));
  const varied = options.vary.map(readVaried);
  const doubled = varied.find(({ key }, place) =>
    varied.some((one, n) => n < place && one.key === key),
  );
  if (doubled) throw new UsageError(`--vary: ${doubled.key} is given twice`);
  const settings = settingsOf(varied);
  // Each is checked before the first one runs.
  for (const setting of settings) checkScenario(withSetting(content, setting), name);
  const count = wholeNumber('--seeds', options.seeds ?? '1', SEEDS_MAX);
  const seeds = Array.from({ length: count }, (_, n) =>
    n === 0 ? scenario.seed : `${scenario.seed}.${n + 1}`,
  );
  if (settings.length * count > RUNS_MAX) {
    throw new UsageError(
      `--vary, --seeds: at most ${RUNS_MAX} runs, not ${settings.length * count}`,
    );
  }
  const goal = options.goal === undefined ? undefined : readGoal(options.goal);
  const jobs = wholeNumber('--jobs', options.jobs, JOBS_MAX);
  // What can't be observed is known at once.
  observe({ ...scenario, ous: { ...scenario.ous, count: Math.min(scenario.ous.count, 1) } });
  return { name, content, scenario, names, varied, settings, seeds, goal, jobs };
}

export const defaultJobs = String(availableParallelism());

function readSetting(text: string): Setting {
  const [setting] = settingsOf([readVaried(text)]);
  return setting as Setting;
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new UsageError(`${option}: a whole number from 1 to ${most}, not ${JSON.stringify(text)}`);
}
