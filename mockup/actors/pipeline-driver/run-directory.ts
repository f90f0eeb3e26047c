// What the driver keeps in its run directory, so that a job that is started again after a crash
// goes on as the same run: when it is, how the pipeline ended, and how it all ended.

import { z } from 'zod';
import { InvalidInputError } from '../../core/errors.ts';
import { RESULT_FILE, type RunResult, runResult } from '../../core/programs/run-result.ts';
import { isTimestamp } from '../../core/timestamps.ts';
import type { Files } from '../../platform/files/files.ts';
import { joinPath } from '../../platform/files/paths.ts';

const runRecord = z.object({
  progId: z.string(),
  ousUid: z.string(),
  recipe: z.string(),
  since: z.string().optional(),
  /** Of the run, part of every name. */
  timestamp: z.string().refine(isTimestamp),
  /** What the pipeline's outcome follows from. */
  seed: z.string(),
});

const pipelineRecord = z.object({
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  lastLines: z.array(z.string()),
});

export type RunRecord = z.infer<typeof runRecord>;
type PipelineRecord = z.infer<typeof pipelineRecord>;

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
  const read = <T>(name: string, schema: z.ZodType<T>) =>
    readRecord(files, joinPath(directory, name), schema);
  return {
    run: () => read('run.json', runRecord),
    writeRun: (record) => write('run.json', record),
    pipeline: () => read('pipeline.json', pipelineRecord),
    writePipeline: (record) => write('pipeline.json', record),
    result: () => read(RESULT_FILE, runResult),
    writeResult: (record) => write(RESULT_FILE, record),
  };
}

async function readRecord<T>(
  files: Files,
  path: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  if (!(await files.stat(path))) return undefined;
  const text = Buffer.from(await files.read(path)).toString();
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new InvalidInputError(`${path} is not what the pipeline driver wrote`, {
      hint: 'remove the run directory to start the job anew',
      cause: error,
    });
  }
}
