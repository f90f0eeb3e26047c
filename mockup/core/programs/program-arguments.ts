// The command lines of the two programs that are run by others: torque-maui writes that of the
// pipeline driver, the driver that of the pipeline, and whoever runs them reads them back.

import { parseArgs } from 'node:util';
import { InvalidInputError } from '../errors.ts';
import { requireOusUid, requireProgId } from '../identifiers.ts';
import { isPipelineRecipe } from '../ous/recipes.ts';
import { isTimestamp } from '../timestamps.ts';

/** `PROG_ID OUS_UID RECIPE`, the same for both. */
export interface ProgramSubject {
  progId: string;
  ousUid: string;
  recipe: string;
}

/** `pipeline-driver PROG_ID OUS_UID RECIPE [--since T] [--run-directory D] [--cache D] …` */
export interface DriverArguments extends ProgramSubject {
  /** When the OUS entered Processing for this job; unknown where another DRA sent the job. */
  since?: string | undefined;
  /** Of the run; only used by the first start in a run directory. */
  timestamp?: string | undefined;
  runDirectory?: string | undefined;
  cacheDirectory?: string | undefined;
  failureRate?: number | undefined;
  tasksFile?: string | undefined;
}

/** `pipeline PROG_ID OUS_UID RECIPE [--timestamp T] [--directory D] [--seed S] …` */
export interface PipelineArguments extends ProgramSubject {
  timestamp?: string | undefined;
  directory?: string | undefined;
  failureRate?: number | undefined;
  seed?: string | undefined;
}

const driverFlags = {
  since: 'since',
  timestamp: 'timestamp',
  runDirectory: 'run-directory',
  cacheDirectory: 'cache',
  failureRate: 'failure-rate',
  tasksFile: 'tasks',
} as const;

const pipelineFlags = {
  timestamp: 'timestamp',
  directory: 'directory',
  failureRate: 'failure-rate',
  seed: 'seed',
} as const;

export function writeDriverArguments(given: DriverArguments): string[] {
  return writeArguments(given, driverFlags);
}

export function writePipelineArguments(given: PipelineArguments): string[] {
  return writeArguments(given, pipelineFlags);
}

/** Throws InvalidInputError that names the argument. */
export function readDriverArguments(args: readonly string[]): DriverArguments {
  const { values, ...subject } = readArguments('pipeline-driver', args, driverFlags);
  return { ...subject, ...values, failureRate: readFailureRate(values.failureRate) };
}

/** Throws InvalidInputError that names the argument. */
export function readPipelineArguments(args: readonly string[]): PipelineArguments {
  const { values, ...subject } = readArguments('pipeline', args, pipelineFlags);
  return { ...subject, ...values, failureRate: readFailureRate(values.failureRate) };
}

function writeArguments<Flags extends Record<string, string>>(
  given: ProgramSubject & { [name in keyof Flags]?: string | number | undefined },
  flags: Flags,
): string[] {
  const args = [given.progId, given.ousUid, given.recipe];
  for (const [name, flag] of Object.entries<string>(flags)) {
    const value = given[name as keyof Flags];
    if (value !== undefined) args.push(`--${flag}=${value}`);
  }
  return args;
}

function readArguments<Name extends string>(
  program: string,
  args: readonly string[],
  flags: Record<Name, string>,
): ProgramSubject & { values: { [name in Name]?: string } } {
  const options = Object.fromEntries(
    Object.values<string>(flags).map((flag) => [flag, { type: 'string' as const }]),
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
  for (const [name, flag] of Object.entries<string>(flags)) {
    const value = parsed.values[flag];
    if (typeof value === 'string') values[name as Name] = value;
  }
  for (const time of ['since', 'timestamp'] as Name[]) {
    const value = values[time];
    if (value !== undefined && !isTimestamp(value)) {
      throw new InvalidInputError(`--${time} is not a time such as 2018-07-19T07:10:03.781`);
    }
  }
  return { progId: requireProgId(progId), ousUid: requireOusUid(ousUid), recipe, values };
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
  throw new InvalidInputError(`--failure-rate is a number from 0 to 1, not ${text}`);
}
