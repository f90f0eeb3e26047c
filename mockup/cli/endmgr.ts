// The `endmgr` program's own list of commands, and the end of its process.

import { setProcessTitle } from './actor/process-title.ts';
import type { ProgramDefinition } from './main.ts';
import { main } from './main.ts';

const COMPONENTS = 'Its components:';
const DATABASES = 'Its records:';
const LOOKING = 'Looking:';

export const endmgr: ProgramDefinition = {
  name: 'endmgr',
  summary:
    'DBB endpoint manager: records files that arrive, and ingests them where they are wanted',
  commands: [
    {
      name: 'finder',
      group: COMPONENTS,
      summary: 'find files, move them to the storage area and record them',
      load: () => import('./endpoint/finder.ts'),
    },
    {
      name: 'ingester',
      group: COMPONENTS,
      summary: 'ingest recorded files into one data management system',
      load: () => import('./endpoint/ingester.ts'),
    },
    {
      name: 'backfill',
      group: COMPONENTS,
      summary: 'record files that were in the storage area before',
      load: () => import('./endpoint/backfill.ts'),
    },
    {
      name: 'initdb',
      group: DATABASES,
      summary: 'create the databases of a configuration',
      load: () => import('./endpoint/initdb.ts'),
    },
    {
      name: 'dropdb',
      group: DATABASES,
      summary: 'delete the databases of a configuration, with all records',
      load: () => import('./endpoint/dropdb.ts'),
    },
    {
      name: 'check',
      group: LOOKING,
      summary: 'whether the storage area and the records agree',
      load: () => import('./endpoint/check.ts'),
    },
    {
      name: 'export',
      group: DATABASES,
      summary: "the records as the Python manager's tables, in a SQLite file",
      load: () => import('./endpoint/export.ts'),
    },
    {
      name: 'status',
      group: LOOKING,
      summary: 'how many files there are in which state, or the history of one',
      load: () => import('./endpoint/status.ts'),
    },
  ],
};

/** Runs the command of this process and leaves its exit code. */
export async function run(): Promise<void> {
  setProcessTitle(endmgr.name, [endmgr.name, ...process.argv.slice(2)].join(' '));
  process.exitCode = await main(endmgr, process.argv.slice(2), {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
  });
}
