// How the two programs that are run by others are called: torque-maui calls the pipeline driver, the
// driver the pipeline. The command line is that of the Python mockup, `PROG_ID OUS_UID RECIPE` and
// nothing more, so that either may be the Python one; what else there is to say is in environment
// variables. A person may give the same as options, which go first.

import { parseArgs } from 'node:util';
import { InvalidInputError } from '../errors.ts';
import { requireOusUid, requireProgId } from '../identifiers.ts';
import { isPipelineRecipe } from '../ous/recipes.ts';
import { isTimestamp } from '../timestamps.ts';

/**
 * What our pipeline ends with where it does not understand its arguments (EX_USAGE of sysexits): 2
 * means that processing failed.
 */
export const WRONG_ARGUMENTS_EXIT_CODE = 64;

/** `PROG_ID OUS_UID RECIPE`, the same for both. */
interface ProgramSubject {
  progId: string;
  ousUid: string;
  recipe: string;
}

/** What the driver is told. */
export interface DriverArguments extends ProgramSubject {
  /** When the OUS entered Processing for this job; unknown where another DRA sent the job. */
  since?: string | undefined;
  /** Of the run; only used by the first start in a run directory. */
  timestamp?: string | undefined;
  runDirectory?: string | undefined;
  cacheDirectory?: string | undefined;
  failureRate?: number | undefined;
  tasksFile?: string | undefined;
  /** Of which assignment, and which attempt it is; both or none. */
  assignment?: string | undefined;
  attempt?: number | undefined;
  /** True where the caller tells XTSS how the run ended, by what it finds in the run directory. */
  leavesOutcome?: boolean | undefined;
}

/** What the pipeline is told; it works in the directory in which it is started. */
export interface PipelineArguments extends ProgramSubject {
  timestamp?: string | undefined;
  directory?: string | undefined;
  failureRate?: number | undefined;
  seed?: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** An option of the command line, and the variable that stands for it. */
interface Setting {
  flag: string;
  variable?: string;
}

const driverSettings = {
  since: { flag: 'since', variable: 'DRAWS_RUN_SINCE' },
  timestamp: { flag: 'timestamp', variable: 'DRAWS_RUN_TIMESTAMP' },
  runDirectory: { flag: 'run-directory', variable: 'DRAWS_RUN_DIRECTORY' },
  cacheDirectory: { flag: 'cache', variable: 'DRAWS_LOCAL_CACHE' },
  failureRate: { flag: 'failure-rate', variable: 'DRAWS_FAILURE_RATE' },
  tasksFile: { flag: 'tasks', variable: 'DRAWS_RUN_TASKS' },
  assignment: { flag: 'assignment', variable: 'DRAWS_RUN_ASSIGNMENT' },
  attempt: { flag: 'attempt', variable: 'DRAWS_RUN_ATTEMPT' },
  leavesOutcome: { flag: 'leaves-outcome', variable: 'DRAWS_RUN_LEAVES_OUTCOME' },
} as const;

const pipelineSettings = {
  timestamp: { flag: 'timestamp', variable: 'DRAWS_RUN_TIMESTAMP' },
  directory: { flag: 'directory' },
  failureRate: { flag: 'failure-rate', variable: 'DRAWS_FAILURE_RATE' },
  seed: { flag: 'seed', variable: 'DRAWS_RUN_SEED' },
} as const;

/** How to call a program. */
export interface ProgramCall {
  args: string[];
  env: Record<string, string>;
}

export function callDriver(given: DriverArguments): ProgramCall {
  return call(given, driverSettings);
}

export function callPipeline(given: Omit<PipelineArguments, 'directory'>): ProgramCall {
  return call(given, pipelineSettings);
}

/** Throws InvalidInputError that names the argument or variable. */
export function readDriverArguments(args: readonly string[], env: Variables): DriverArguments {
  const { values, ...subject } = readArguments('pipeline-driver', args, env, driverSettings);
  const { leavesOutcome, ...texts } = values;
  return {
    ...subject,
    ...texts,
    attempt: readAttempt(values.attempt),
    failureRate: readFailureRate(values.failureRate),
    ...(leavesOutcome !== undefined && { leavesOutcome: readTruth(leavesOutcome) }),
  };
}

/** Throws InvalidInputError that names the argument or variable. */
export function readPipelineArguments(args: readonly string[], env: Variables): PipelineArguments {
  const { values, ...subject } = readArguments('pipeline', args, env, pipelineSettings);
  return { ...subject, ...values, failureRate: readFailureRate(values.failureRate) };
}

function call(given: ProgramSubject, settings: Readonly<Record<string, Setting>>): ProgramCall {
  const args = [given.progId, given.ousUid, given.recipe];
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const variable = settings[name]?.variable;
    if (variable !== undefined && value !== undefined) env[variable] = String(value);
  }
  return { args, env };
}

function readArguments<Name extends string>(
  program: string,
  args: readonly string[],
  env: Variables,
  settings: Readonly<Record<Name, Setting>>,
): ProgramSubject & { values: { [name in Name]?: string } } {
  const all = Object.entries<Setting>(settings);
  const options = Object.fromEntries(
    all.map(([, { flag }]) => [flag, { type: 'string' as const }]),
  );
  const parsed = parse(program, args, options);
  const [progId, ousUid, recipe, ...more] = parsed.positionals;
  if (recipe === undefined || more.length > 0) {
    throw new InvalidInputError(`${program} takes PROG_ID OUS_UID RECIPE`);
  }
  if (!isPipelineRecipe(recipe)) {
    throw new InvalidInputError(`not a Pipeline recipe: ${recipe}`, {
      hint: 'the Pipeline runs recipes such as PipelineCalibration; manual ones are for people',
    });
  }
  const values: { [name in Name]?: string } = {};
  for (const [name, { flag, variable }] of all) {
    const given = parsed.values[flag];
    const value = typeof given === 'string' ? given : env[variable ?? ''] || undefined;
    if (value === undefined) continue;
    checkTime(name, value, typeof given === 'string' ? `--${flag}` : String(variable));
    values[name as Name] = value;
  }
  return { progId: requireProgId(progId), ousUid: requireOusUid(ousUid), recipe, values };
}

function checkTime(name: string, value: string, given: string): void {
  if ((name !== 'since' && name !== 'timestamp') || isTimestamp(value)) return;
  throw new InvalidInputError(`${given} is not a time such as 2018-07-19T07:10:03.781`);
}

function parse(
  program: string,
  args: readonly string[],
  options: Record<string, { type: 'string' }>,
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new InvalidInputError(`${program}: ${(error as Error).message}`, { cause: error });
  }
}

function readFailureRate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = text.trim() === '' ? Number.NaN : Number(text);
  if (rate >= 0 && rate <= 1) return rate;
  throw new InvalidInputError(
    `--failure-rate (DRAWS_FAILURE_RATE) is a number from 0 to 1, not ${text}`,
  );
}

function readAttempt(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidInputError(`--attempt (DRAWS_RUN_ATTEMPT) is a number from 1, not ${text}`);
}

function readTruth(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new InvalidInputError(
    `--leaves-outcome (DRAWS_RUN_LEAVES_OUTCOME) is true or false, not ${text}`,
  );
}
