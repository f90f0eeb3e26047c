// `scripts/mixed`: each mixture on two hosts of its own, a few at a time, and the table of what they
// have left.

import { runUntilStopped } from '../../mockup/cli/actor/run-until-stopped.ts';
import { textTable } from '../../mockup/cli/terminal/text-table.ts';
import { describeError } from '../../mockup/core/errors.ts';
import { createSlots } from '../../mockup/platform/actor/slots.ts';
import { missingRequirements } from '../two-hosts.d/requirements.ts';
import { type MixedResult, runMixture } from './mixed-run.ts';
import { type MixedOptions, parseOptions } from './options.ts';
import { missingForOriginals } from './original-files.ts';

/** What cannot run here is no failure of the product: CI may look for this code. */
const MISSING_EXIT_CODE = 3;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  const missing = [...missingRequirements(false), ...missingForOriginals(options)];
  if (missing.length > 0) {
    for (const line of missing) process.stderr.write(`mixed: ${line}\n`);
    return MISSING_EXIT_CODE;
  }
  return runUntilStopped(async (stopping) => ({
    stop: async () => {},
    finished: runAll(options, stopping).then((exitCode) => ({ exitCode })),
  }));
}

async function runAll(options: MixedOptions, signal: AbortSignal): Promise<number> {
  const slots = createSlots(options.jobs);
  const results: MixedResult[] = [];
  await Promise.all(
    options.chosen.map((combination) =>
      slots.run(signal, async () => {
        const result = await runMixture(combination, options, signal);
        results.push(result);
        tell(result, options);
      }),
    ),
  );
  const good = results.filter(({ faults }) => faults.length === 0).length;
  if (!options.json) {
    const order = options.chosen.map(({ name }) => name);
    results.sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name));
    process.stdout.write(`\n${tableOf(results)}\n${good} of ${results.length} as they must be\n`);
  }
  return good === results.length ? 0 : 1;
}

function tell(result: MixedResult, { json, keep }: MixedOptions): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const { name, faults, duration_s, directory } = result;
  const how = faults.length === 0 ? 'good' : faults.join('; ');
  process.stderr.write(`${name} (${duration_s} s): ${how}${keep ? ` ${directory}` : ''}\n`);
}

function tableOf(results: readonly MixedResult[]): string {
  const head = ['mixture', 'state', 'reports', 'deliveries', 'NGAS', 'metadata', 'unread'];
  const rows = textTable([
    [...head, 'caches', 'revisions', 'seconds', ''],
    ...results.map(({ name, findings, faults, duration_s }) => [
      name,
      findings?.state ?? '?',
      ...(['reports', 'deliveries', 'ngas', 'metadata', 'unread'] as const).map((key) =>
        String(findings?.[key] ?? '?'),
      ),
      findings ? (findings.cachesEqual ? 'equal' : 'differ') : '?',
      String(Math.max(...Object.values(findings?.revisions ?? { none: 0 }))),
      String(duration_s),
      faults.length === 0 ? 'good' : 'BAD',
    ]),
  ]);
  return rows.join('\n');
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`mixed: ${describeError(error)}\n`);
  process.exitCode = (error as { code?: unknown }).code === 'bad_usage' ? 2 : 1;
}
