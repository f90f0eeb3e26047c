// The `prompt-proto` program's own list of commands, and the end of its process.

import type { ProgramDefinition } from './main.ts';
import { main } from './main.ts';

const SERVERS = 'Servers in the place of the cloud:';
const SERVICE = 'The service:';
const DATABASES = 'Databases and repositories:';
const PLAYING = 'Playing and looking:';

export const promptProto: ProgramDefinition = {
  name: 'prompt-proto',
  summary: "Rubin's prompt processing prototype: from nextVisit to alerts",
  commands: [
    {
      name: 'pubsub',
      group: SERVERS,
      summary: 'run a Pub/Sub server, for PUBSUB_EMULATOR_HOST',
      load: () => import('./prompt/servers/pubsub.ts'),
    },
    {
      name: 'storage',
      group: SERVERS,
      summary: 'run a storage server, for STORAGE_EMULATOR_HOST',
      load: () => import('./prompt/servers/storage.ts'),
    },
    {
      name: 'databases',
      group: SERVERS,
      summary: 'run a PostgreSQL server, where none is given',
      load: () => import('./prompt/servers/databases.ts'),
    },
    {
      name: 'init',
      group: SERVERS,
      summary: 'make topics, buckets, notifications and the subscription nextVisit-sub',
      load: () => import('./prompt/init.ts'),
    },
    {
      name: 'service',
      group: SERVICE,
      summary: 'answer POST /next-visit: one instance',
      load: () => import('./prompt/servers/service.ts'),
    },
    {
      name: 'cloud-run',
      group: SERVICE,
      summary: 'start instances of the service on demand',
      load: () => import('./prompt/servers/cloud-run.ts'),
    },
    {
      name: 'fan-out',
      group: SERVICE,
      summary: 'make of one nextVisit for a pointing one for each detector',
      load: () => import('./prompt/fan-out.ts'),
    },
    {
      name: 'presence',
      group: SERVICE,
      summary: 'answer whether an image is in the bucket',
      load: () => import('./prompt/presence.ts'),
    },
    {
      name: 'pipeline',
      group: SERVICE,
      summary: 'process one visit whose order is on standard input',
      load: () => import('./prompt/pipeline.ts'),
    },
    {
      name: 'make-apdb',
      group: DATABASES,
      summary: 'make the tables of the Alert Production Database',
      load: () => import('./prompt/make-apdb.ts'),
    },
    {
      name: 'butler',
      group: DATABASES,
      summary: 'create, list and drop repositories',
      load: () => import('./prompt/butler.ts'),
    },
    {
      name: 'upload',
      group: PLAYING,
      summary: 'play the telescope: announce visits and upload their images',
      load: () => import('./prompt/upload.ts'),
    },
    {
      name: 'visits',
      group: PLAYING,
      summary: 'what became of each visit',
      load: () => import('./prompt/visits.ts'),
    },
  ],
};

/** Runs the command of this process and leaves its exit code. */
export async function run(): Promise<void> {
  process.exitCode = await main(promptProto, process.argv.slice(2), {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
  });
}
