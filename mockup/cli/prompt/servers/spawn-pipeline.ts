// Runs `prompt-proto pipeline` as a child: its order on standard input, its answer on standard
// output. Its alerts are published from here, over a connection that is open already. It ends when
// it is aborted, and when this process dies.

import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Publisher } from '../../../prompt/cloud/cloud-clients.ts';
import type { PipelineAnswer, PipelineOrder } from '../../../prompt/pipeline/run-pipeline.ts';
import { PipelineFailure } from '../../../prompt/service/pipelines-in-order.ts';
import { answerPipeline } from './pipeline-parent.ts';

const PROGRAM = fileURLToPath(new URL('../../prompt-proto.mjs', import.meta.url));
const OUTPUT_BYTES_MAX = 1_000_000;
const EXIT_FAILED = 2;

export function spawnPipeline(
  env: Readonly<Record<string, string | undefined>>,
  publisher: Publisher,
) {
  return async (
    order: PipelineOrder,
    signal: AbortSignal,
    confirm: () => Promise<void>,
  ): Promise<PipelineAnswer> => {
    const child = execa(process.execPath, [PROGRAM, 'pipeline', '--publish-by-parent'], {
      env: { ...env },
      input: JSON.stringify(order),
      cancelSignal: signal,
      reject: false,
      maxBuffer: OUTPUT_BYTES_MAX,
      ipc: true,
      serialization: 'json',
    });
    // A child that is gone needs no answer: how it ended says the rest.
    answerPipeline(child, { publisher, confirm }).catch(() => {});
    const ended = await child;
    if (ended.isCanceled) throw signal.reason;
    if (ended.exitCode === 0) return JSON.parse(ended.stdout) as PipelineAnswer;
    const lastLine = ended.stderr.trimEnd().split('\n').at(-1) ?? '';
    // It says itself that nothing was written; of any other end nobody knows.
    const retriable = ended.exitCode === EXIT_FAILED || ended.isTerminated;
    throw new PipelineFailure(
      lastLine || `the pipeline ended (${ended.signal ?? ended.exitCode})`,
      retriable,
    );
  };
}
