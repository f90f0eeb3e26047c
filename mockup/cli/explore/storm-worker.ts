// A thread that runs storms: it gets a plan, and answers with what came of it.

import { parentPort } from 'node:worker_threads';
import { runStorm } from '../../simulator/storm/run-storm.ts';
import { parseStormPlan } from '../../simulator/storm/storm-plan.ts';

if (!parentPort) throw new Error('this module is a thread of `draws explore`');
const port = parentPort;

port.on('message', async ({ number, plan }: { number: number; plan: unknown }) => {
  port.postMessage({ number, outcome: await runStorm(parseStormPlan(plan)) });
});
