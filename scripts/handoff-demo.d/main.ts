// `scripts/handoff-demo`: options, and what is left behind.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { printable } from '../../mockup/platform/text/printable.ts';
import { freePortFrom } from '../prompt-demo.d/free-port.ts';
import { runDemonstration } from './demonstration.ts';

const DASHBOARD_PORT = 5000;

const HELP = `usage: scripts/handoff-demo [options]

Images are written into a buffer at a summit, shipped by hdfmgr, moved to the storage area by
endmgr's finder, and ingested into the mock NGAS and a directory of copies by two ingesters.

  --images N        LATISS-like images of 14.9 MB (default 4)
  --small N         small ones (default 40)
  --pause MS        between two images (default 150)
  --ssh-config FILE ship by ssh with this configuration; without it the sites are directories here
  --ssh-host NAME   the endpoint's name in it (default endpoint)
  --couchdb URL     instead of a database server of its own
  --dashboard-port N  where the page is (0 for any free port; default: the first free one from 5000)
  --no-dashboard    no page
  --directory DIR   keeps everything there; without it all is removed
  --once            ends when all has arrived; else the page stays until Ctrl-C
`;

function parse(argv: string[]) {
  return parseArgs({
    args: argv,
    allowNegative: true,
    options: {
      images: { type: 'string', default: '4' },
      small: { type: 'string', default: '40' },
      pause: { type: 'string', default: '150' },
      'ssh-config': { type: 'string' },
      'ssh-host': { type: 'string', default: 'endpoint' },
      couchdb: { type: 'string' },
      'dashboard-port': { type: 'string' },
      dashboard: { type: 'boolean', default: true },
      directory: { type: 'string' },
      once: { type: 'boolean', default: false },
      stay: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

async function main(argv: string[]): Promise<number> {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(argv);
  } catch (error) {
    process.stderr.write(`handoff-demo: ${(error as Error).message} (see --help)\n`);
    return 2;
  }
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const asked = values['dashboard-port'] ?? String(await freePortFrom(DASHBOARD_PORT));
  const numbers = [values.images, values.small, values.pause, asked].map(Number);
  const [images = 0, smallFiles = 0, pause_ms = 0, port = 0] = numbers;
  if (numbers.some((number) => !Number.isSafeInteger(number) || number < 0)) {
    process.stderr.write('handoff-demo: a number is none (see --help)\n');
    return 2;
  }
  const kept = values.directory && resolve(values.directory);
  const directory = kept || mkdtempSync(join(tmpdir(), 'handoff-demo-'));
  mkdirSync(directory, { recursive: true });
  const stopped = new Promise<void>((resolveStop) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolveStop());
  });
  try {
    const run = runDemonstration({
      ...{ directory, images, smallFiles, pause_ms },
      sshConfig: values['ssh-config'] && resolve(values['ssh-config']),
      sshHost: values['ssh-host'],
      couchUrl: values.couchdb,
      dashboardPort: values.dashboard ? port : undefined,
      print: (line) => void process.stdout.write(`${printable(line)}\n`),
      ...{ stopped, stay: values.dashboard && values.stay && !values.once },
    });
    const problems = await run;
    for (const problem of problems) process.stderr.write(`handoff-demo: ${problem}\n`);
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`handoff-demo: ${(error as Error).message}\n`);
    return 1;
  } finally {
    if (!kept) rmSync(directory, { recursive: true, force: true });
  }
}

process.exitCode = await main(process.argv.slice(2));
