// A thread that runs one scenario after the other, as it is told.

import { parentPort } from 'node:worker_threads';
import { describeError } from '../../core/errors.ts';
import type { OusName } from '../../simulator/cycle/observed-ouss.ts';
import { checkScenario } from '../../simulator/cycle/read-scenario.ts';
import { type Summary, summaryOf } from '../../simulator/measures/summary.ts';
import { runCycle } from '../../simulator/observatory/run-cycle.ts';

export interface CycleTask {
  number: number;
  name: string;
  /** Of the scenario, as YAML would give it. */
  content: object;
  names: readonly OusName[] | undefined;
}

export type CycleAnswer = { number: number } & ({ summary: Summary } | { error: string });

parentPort?.on('message', async ({ number, name, content, names }: CycleTask) => {
  let answer: CycleAnswer;
  try {
    const record = await runCycle(checkScenario(content, name), { names });
    answer = { number, summary: summaryOf(record) };
  } catch (error) {
    answer = { number, error: describeError(error) };
  }
  parentPort?.postMessage(answer);
});
