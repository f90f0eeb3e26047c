// What the driver keeps in its run directory, so that a job that is started again after a crash
// goes on as the same run: when it is, how the pipeline ended, and how it all ended.

import { InvalidInputError } from '../../core/errors.ts';
import { RESULT_FILE, type RunResult, readRunResult } from '../../core/programs/run-result.ts';
import { isTimestamp } from '../../core/timestamps.ts';
import type { Files } from '../../platform/files/files.ts';
import { joinPath } from '../../platform/files/paths.ts';
import type { ProgramExit } from '../../platform/process/programs.ts';

export interface RunRecord {
  progId: string;
  ousUid: string;
  recipe: string;
  since?: string;
  /** Of the run, part of every name. */
  timestamp: string;
  /** What the pipeline's outcome follows from. */
  seed: string;
}

type PipelineRecord = ProgramExit;

type Fields = Record<string, unknown>;
const areTexts = (values: unknown[]) => values.every((value) => typeof value === 'string');

/** Each is undefined where it was not written yet; throws InvalidInputError for another content. */
export interface RunDirectory {
  run(): Promise<RunRecord | undefined>;
  writeRun(record: RunRecord): Promise<void>;
  pipeline(): Promise<PipelineRecord | undefined>;
  writePipeline(record: PipelineRecord): Promise<void>;
  result(): Promise<RunResult | undefined>;
  writeResult(record: RunResult): Promise<void>;
}

export function openRunDirectory(files: Files, directory: string): RunDirectory {
  const write = (name: string, record: object) =>
    files.write(joinPath(directory, name), `${JSON.stringify(record, null, 2)}\n`);
  const read = <T>(name: string, parse: (value: unknown) => T | undefined) =>
    readRecord(files, joinPath(directory, name), parse);
  return {
    run: () => read('run.json', readRun),
    writeRun: (record) => write('run.json', record),
    pipeline: () => read('pipeline.json', readPipeline),
    writePipeline: (record) => write('pipeline.json', record),
    result: () => read(RESULT_FILE, readRunResult),
    writeResult: (record) => write(RESULT_FILE, record),
  };
}

async function readRecord<T>(
  files: Files,
  path: string,
  parse: (value: unknown) => T | undefined,
): Promise<T | undefined> {
  if (!(await files.stat(path))) return undefined;
  const text = Buffer.from(await files.read(path)).toString();
  const record = parse(parseJson(text));
  if (record !== undefined) return record;
  throw new InvalidInputError(`${path} is not what the pipeline driver wrote`, {
    hint: 'remove the run directory to start the job anew',
  });
}

function parseJson(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}

function readRun(value: unknown): RunRecord | undefined {
  const { progId, ousUid, recipe, since, timestamp, seed } = value as Fields;
  const isRun =
    areTexts([progId, ousUid, recipe, seed]) &&
    (since === undefined || typeof since === 'string') &&
    typeof timestamp === 'string' &&
    isTimestamp(timestamp);
  return isRun ? (value as RunRecord) : undefined;
}

function readPipeline(value: unknown): PipelineRecord | undefined {
  const { exitCode, signal, lastLines } = value as Fields;
  const isExit =
    (exitCode === null || typeof exitCode === 'number') &&
    (signal === null || typeof signal === 'string') &&
    Array.isArray(lastLines) &&
    areTexts(lastLines);
  return isExit ? (value as PipelineRecord) : undefined;
}
