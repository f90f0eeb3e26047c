// Runs one scenario in a process of its own, and prints what the whole process took as JSON.

import { readFileSync } from 'node:fs';
import { checkScenario, contentOf } from '../../../mockup/simulator/cycle/read-scenario.ts';
import { summaryOf } from '../../../mockup/simulator/measures/summary.ts';
import { runCycle } from '../../../mockup/simulator/observatory/run-cycle.ts';

const [path = '', count = ''] = process.argv.slice(2);
const content = contentOf(readFileSync(path, 'utf8'));
const ous = { ...(content.ous as object), count: Number(count) };
const summary = summaryOf(await runCycle(checkScenario({ ...content, ous }, path)));
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
console.log(
  JSON.stringify({
    wall_s: performance.now() / 1000,
    cpu_s: (userCPUTime + systemCPUTime) / 1e6,
    rss_mib: maxRSS / 1024,
    delivered: summary.delivered,
  }),
);
