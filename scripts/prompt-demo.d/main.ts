// `scripts/prompt-demo`: options, and what is left behind.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { instrumentNamed } from '../../mockup/core/prompt/instruments.ts';
import { type DemonstrationOptions, runDemonstration } from './demonstration.ts';
import { freePortFrom } from './free-port.ts';

const DASHBOARD_PORT = 5000;
const HELP = `usage: scripts/prompt-demo [options]

A night on this machine: visits are announced, workers wait for their images, images are uploaded,
sources and alerts come out. Pub/Sub, storage, PostgreSQL and CouchDB are started with it, and end
with it. Ends with exit code 0 when every detector of every visit is accounted for.

  --instrument NAME  LATISS, LSSTComCam, LSSTCam, DECam, HSC; may be repeated
                     (default LATISS and LSSTComCam)
  --groups N         visits of each instrument (default 3)
  --workers MIN..MAX instances for each instrument (default 1..9; LSSTCam 4..8)
  --concurrency N    visits that an instance takes at a time (default 1; LSSTCam 32)
  --pace FACTOR      1: as on the sky (18 s exposures), 0: no waiting (default 0.1)
  --failures SHARE   of pipeline runs that fail and are tried again (default 0.1)
  --lose SHARE       of images that never come (default 0)
  --late SHARE       of images that come when nobody waits any more (default 0)
  --seed TEXT        the same night again
  --json FILE        what became of each visit
  --data DIR         keeps everything there; without it all is removed
  --dashboard-port N where the page is (default: a free port from 5000 on; 0: any free one)
  --no-dashboard     no page
  --stay             shows the page until Ctrl-C, when the night is over
  --once             as without it: the demonstration ends by itself
`;

async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    allowNegative: true,
    args: argv,
    options: {
      instrument: { type: 'string', multiple: true },
      groups: { type: 'string', default: '3' },
      workers: { type: 'string' },
      concurrency: { type: 'string' },
      pace: { type: 'string', default: '0.1' },
      failures: { type: 'string', default: '0.1' },
      lose: { type: 'string', default: '0' },
      late: { type: 'string', default: '0' },
      seed: { type: 'string' },
      json: { type: 'string' },
      data: { type: 'string' },
      'dashboard-port': { type: 'string' },
      dashboard: { type: 'boolean', default: true },
      stay: { type: 'boolean', default: false },
      once: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stopped.abort(new Error('stopped')));
  }
  const directory = values.data
    ? resolve(values.data)
    : mkdtempSync(join(tmpdir(), 'prompt-demo-'));
  mkdirSync(directory, { recursive: true });
  try {
    const options: DemonstrationOptions = {
      directory,
      instruments: (values.instrument ?? ['LATISS', 'LSSTComCam']).map(instrumentNamed),
      groups: number(values.groups, '--groups', 1, 1000),
      workers: values.workers,
      concurrency: values.concurrency,
      pace: number(values.pace, '--pace', 0, 100),
      failures: number(values.failures, '--failures', 0, 0.9),
      lose: number(values.lose, '--lose', 0, 1),
      late: number(values.late, '--late', 0, 1),
      seed: values.seed,
      dashboardPort: values.dashboard ? await dashboardPort(values['dashboard-port']) : undefined,
      stay: values.stay,
      stdout: process.stdout,
      signal: stopped.signal,
    };
    const { records, problems } = await runDemonstration(options);
    if (values.json) writeFileSync(values.json, JSON.stringify(records, undefined, 2));
    for (const problem of problems) process.stderr.write(`prompt-demo: ${problem}\n`);
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`prompt-demo: ${(error as Error).message}\n`);
    return stopped.signal.aborted ? 130 : 1;
  } finally {
    if (!values.data) rmSync(directory, { recursive: true, force: true });
  }
}

async function dashboardPort(given: string | undefined): Promise<number> {
  if (given === undefined) return freePortFrom(DASHBOARD_PORT);
  const port = number(given, '--dashboard-port', 0, 65_535);
  if (Number.isInteger(port)) return port;
  throw new Error(`--dashboard-port must be a whole number, not ${given} (see --help)`);
}

function number(text: string, name: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= low && value <= high) return value;
  throw new Error(
    `${name} must be from ${low} to ${high}, not ${JSON.stringify(text)} (see --help)`,
  );
}

process.exitCode = await main(process.argv.slice(2));
