// The `hdfmgr` program's own list of commands, and the end of its process.

import type { ProgramDefinition } from './main.ts';
import { main } from './main.ts';

const MANAGER = 'The manager:';
const DATABASES = 'Its records:';
const LOOKING = 'Looking:';

export const hdfmgr: ProgramDefinition = {
  name: 'hdfmgr',
  summary: 'DBB handoff buffer manager: ships files from a buffer here to a buffer elsewhere',
  commands: [
    {
      name: 'run',
      group: MANAGER,
      summary: 'ship what is written into the buffer, until it is stopped',
      load: () => import('./handoff/run.ts'),
    },
    {
      name: 'validate',
      group: MANAGER,
      summary: 'check a configuration',
      load: () => import('./handoff/validate.ts'),
    },
    {
      name: 'expire',
      group: MANAGER,
      summary: 'remove from the holding area what retention allows and the endpoint proves',
      load: () => import('./handoff/expire.ts'),
    },
    {
      name: 'initdb',
      group: DATABASES,
      summary: 'create the databases for records',
      load: () => import('./handoff/initdb.ts'),
    },
    {
      name: 'dropdb',
      group: DATABASES,
      summary: 'delete the databases with all records',
      load: () => import('./handoff/dropdb.ts'),
    },
    {
      name: 'status',
      group: LOOKING,
      summary: 'what waits, what is on its way, what failed',
      load: () => import('./handoff/status.ts'),
    },
    {
      name: 'check',
      group: LOOKING,
      summary: 'whether the buffer, the holding area, the endpoint and the records agree',
      load: () => import('./handoff/check.ts'),
    },
    {
      name: 'manifest',
      group: LOOKING,
      summary: 'checksums of held files by directory, for b2sum --check',
      load: () => import('./handoff/manifest.ts'),
    },
    {
      name: 'history',
      group: LOOKING,
      summary: 'what happened to one file, all its versions',
      load: () => import('./handoff/history.ts'),
    },
  ],
};

/** Runs the command of this process and leaves its exit code. */
export async function run(): Promise<void> {
  process.exitCode = await main(hdfmgr, process.argv.slice(2), {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
  });
}
