// `npm run bench -- <name…> [--couchdb URL] [--json]`: each benchmark prints its figures with the
// machine and the date.

import { parseArgs } from 'node:util';
import { requireUrl } from '../../mockup/cli/environment.ts';
import { AppError, describeError } from '../../mockup/core/errors.ts';
import { type Figure, printFigures } from './figure.ts';
import { describeMachine } from './machine.ts';

type Bench = (couchdb: string | undefined) => Promise<Figure[]>;

const benches: Record<string, { title: string; load(): Promise<Bench> }> = {
  ous: {
    title: 'The line, launcher to Delivered',
    load: async () => (await import('./line/bench-line.ts')).benchLine,
  },
  history: {
    title: 'What one OUS costs after many others (DRAWS_BENCH_HISTORY=0,10000,100000)',
    load: async () => (await import('./history/bench-history.ts')).benchHistory,
  },
  soak: {
    title: 'A line that goes on for long (DRAWS_BENCH_SOAK=5000, DRAWS_BENCH_SOAK_SVG=FILE)',
    load: async () => (await import('./soak/bench-soak.ts')).benchSoak,
  },
  simulate: {
    title: 'A simulated cycle (DRAWS_BENCH_SIMULATE=2927,10000)',
    load: async () => (await import('./simulate/bench-simulate.ts')).benchSimulate,
  },
  dashboard: {
    title: "The dashboard's page in Chromium, 10,000 OUSs and 50,000 archived files",
    load: async () => (await import('./dashboard/page-bench.ts')).benchDashboardPage,
  },
  'dashboard-server': {
    title: "The dashboard's server, 10,000 OUSs and 50,000 archived files",
    load: async () => (await import('./dashboard/server-bench.ts')).benchDashboardServer,
  },
  bus: {
    title: 'The message bus',
    load: async () => (await import('./bus/bench-bus.ts')).benchBus,
  },
  couchdb: {
    title: 'The database server',
    load: async () => (await import('./couchdb/figures.ts')).couchdbFigures,
  },
  replication: {
    title: 'Replication between two embedded servers',
    load: async () => (await import('./couchdb/figures.ts')).replicationFigures,
  },
  handoff: {
    title: 'The handoff buffer manager',
    load: async () => (await import('./handoff/main.ts')).benchHandoff,
  },
  endpoint: {
    title: 'The endpoint manager',
    load: async () => (await import('./endpoint/bench-endpoint.ts')).benchEndpoint,
  },
  prompt: {
    title: 'Prompt processing: Pub/Sub beside the official emulator, and a visit of LSSTCam',
    load: async () => (await import('./prompt/bench-prompt.ts')).benchPrompt,
  },
};

/** What these measure are servers of their own, which tell what they used or are filled before. */
const embeddedOnly = new Set(['replication', 'history', 'soak', 'prompt']);

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      couchdb: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.filter((name) => !(name in benches));
  if (values.help || positionals.length === 0 || unknown.length > 0) {
    const names = Object.keys(benches).join('|');
    console.log(`usage: npm run bench -- ${names} [--couchdb URL] [--json]`);
    return values.help ? 0 : 2;
  }
  const refused = positionals.find((name) => embeddedOnly.has(name));
  if (values.couchdb !== undefined && refused !== undefined) {
    console.error(`bench ${refused} measures embedded servers of its own: it takes no --couchdb`);
    return 2;
  }
  if (values.couchdb !== undefined) requireUrl(values.couchdb, '--couchdb');
  const machine = describeMachine();
  const results: Record<string, Figure[]> = {};
  for (const name of positionals) {
    const bench = benches[name];
    if (!bench) continue;
    results[name] = await (await bench.load())(values.couchdb);
    if (!values.json) printFigures(bench.title, results[name]);
  }
  if (values.json) console.log(JSON.stringify({ machine, results }, null, 2));
  else console.log(`\n${Object.values(machine).join(', ')}`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  console.error(describeError(error));
  process.exitCode = 1;
}
