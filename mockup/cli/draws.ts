// The `draws` program's own list of commands, and the end of its process.

import type { ProgramDefinition } from './main.ts';
import { main } from './main.ts';

const LINE = 'The line:';
const ACTORS = 'Actors, each one process at its site:';
const ASKING = 'Asking the simulated line:';
const LOOKING = 'Looking and mending:';

export const draws: ProgramDefinition = {
  name: 'draws',
  summary: "ALMA's Data Reduction Workflow System as small processes over CouchDB databases",
  commands: [
    {
      name: 'up',
      group: LINE,
      summary: 'start a whole line on this machine: servers, actors, demonstration',
      load: () => import('./commands/up.ts'),
    },
    {
      name: 'couchdb',
      group: LINE,
      summary: 'run the embedded CouchDB-protocol server alone',
      load: () => import('./commands/couchdb.ts'),
    },
    {
      name: 'init',
      group: LINE,
      summary: 'create the databases and indexes on a server',
      load: () => import('./commands/init.ts'),
    },
    {
      name: 'replicate',
      group: LINE,
      summary: 'set up, show or cancel replications between JAO and an ARC; copy a server',
      load: () => import('./commands/replicate.ts'),
    },
    {
      name: 'clear-all-dbs',
      group: LINE,
      summary: 'delete the documents of all databases',
      load: () => import('./commands/clear-all-dbs.ts'),
    },
    {
      name: 'launcher',
      group: ACTORS,
      summary: 'create an OUS, or set one back to the start',
      load: () => import('./commands/actors/launcher.ts'),
    },
    {
      name: 'aqua-batch-helper',
      group: ACTORS,
      summary: 'give every new OUS a recipe',
      load: () => import('./commands/actors/aqua-batch-helper.ts'),
    },
    {
      name: 'dra',
      group: ACTORS,
      summary: 'assign OUSs to an executive for processing',
      load: () => import('./commands/actors/dra.ts'),
    },
    {
      name: 'xtss',
      group: ACTORS,
      summary: 'the only one that changes states',
      load: () => import('./commands/actors/xtss.ts'),
    },
    {
      name: 'torque-maui',
      group: ACTORS,
      summary: 'run Pipeline jobs, a few at a time',
      load: () => import('./commands/actors/torque-maui.ts'),
    },
    {
      name: 'pipeline-driver',
      group: ACTORS,
      summary: 'run the Pipeline once, with tasks before and after it',
      load: () => import('./commands/actors/pipeline-driver.ts'),
    },
    {
      name: 'pipeline',
      group: ACTORS,
      summary: 'the mock Pipeline: writes products, report and weblog',
      load: () => import('./commands/actors/pipeline.ts'),
    },
    {
      name: 'replicated-cache',
      group: ACTORS,
      summary: 'fetch products and weblogs from other sites, and serve them',
      load: () => import('./commands/actors/replicated-cache.ts'),
    },
    {
      name: 'aqua-qa2',
      group: ACTORS,
      summary: 'store Pipeline reports, and review OUSs',
      load: () => import('./commands/actors/aqua-qa2.ts'),
    },
    {
      name: 'product-ingestor',
      group: ACTORS,
      summary: 'bring products into the archive',
      load: () => import('./commands/actors/product-ingestor.ts'),
    },
    {
      name: 'data-tracker',
      group: ACTORS,
      summary: 'tell when all products have arrived',
      load: () => import('./commands/actors/data-tracker.ts'),
    },
    {
      name: 'simulate',
      group: ASKING,
      summary: 'run a year of an observatory in seconds: queues, delivery times, what if',
      load: () => import('./commands/simulate.ts'),
    },
    {
      name: 'explore',
      group: ASKING,
      summary:
        'run storms over a simulated line, to see whether anything is lost, doubled or stuck',
      load: () => import('./commands/explore.ts'),
    },
    {
      name: 'dashboard',
      group: LOOKING,
      summary: 'show the site in a browser, live',
      load: () => import('./commands/dashboard.ts'),
    },
    {
      name: 'status',
      group: LOOKING,
      summary: 'OUSs by state, unread messages, actors',
      load: () => import('./commands/status.ts'),
    },
    {
      name: 'history',
      group: LOOKING,
      summary: 'what happened to one OUS',
      load: () => import('./commands/history.ts'),
    },
    {
      name: 'messages',
      group: LOOKING,
      summary: 'unread and dead messages; revive a dead one',
      load: () => import('./commands/messages.ts'),
    },
    {
      name: 'doctor',
      group: LOOKING,
      summary: 'what is wrong with this site and its links, and what to do',
      load: () => import('./commands/doctor.ts'),
    },
    {
      name: 'conflicts',
      group: LOOKING,
      summary: 'documents that two sites have written; end such conflicts',
      load: () => import('./commands/conflicts.ts'),
    },
    {
      name: 'send-message',
      group: LOOKING,
      summary: 'send a message by hand',
      load: () => import('./commands/send-message.ts'),
    },
    {
      name: 'send-rpc',
      group: LOOKING,
      summary: 'send a request by hand and print the answer',
      load: () => import('./commands/send-rpc.ts'),
    },
  ],
};

/** Runs the command of this process, and ends the process with its exit code. */
export async function run(): Promise<never> {
  const exitCode = await main(draws, process.argv.slice(2), {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
  });
  // Connections that are kept alive must not keep the process.
  process.exit(exitCode);
}
