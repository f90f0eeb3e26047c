// `draws up`: a whole line on this machine; `./scripts/start` runs it.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../command.ts';
import { type GivenOptions, parseUpOptions } from '../up/up-options.ts';

const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

export function define(command: Command, context: CommandContext): void {
  command
    .option('--sites <list>', 'JAO and one or more of EA, EU, NA', 'JAO,EU')
    .option('--ous <n>', 'how many OUSs the demonstration sends through', '9')
    .option('--ous-file <file>', 'its OUSs instead: CSV of progID, OUS UID, recipe; - for stdin')
    .option('--pace <factor>', 'multiplies every deliberate waiting time; 0: none', '1')
    .option('--failure-rate <share>', 'share of Pipeline runs, and of reviews, that fail', '0.1')
    .option('--no-demo', 'no OUSs and no robots: start dra and aqua-qa2 yourself')
    .option('--fresh', 'new OUSs, where an earlier demonstration is unfinished')
    .option('--once', 'end when all OUSs of the demonstration are Delivered')
    .option('--time-limit <seconds>', 'with --once: fail after so long', '900')
    .option('--json <file>', 'write what happened there at the end')
    .option('--data <dir>', 'databases, caches, logs (default: .draws; with --once a new one)')
    .option(
      '--couchdb <site=url>',
      'an existing server, may be repeated; without =URL: COUCHDB_URL_SITE, unseen',
      collect,
      [],
    )
    .option('--single-database', 'all sites on one server, without replication')
    .option(
      '--couchdb-port <port>',
      'of the first embedded server, the others follow; 0: any',
      '5984',
    )
    .option('--cache-port <port>', 'of the first cache, the others follow; 0: any', '8000')
    .option(
      '--dashboard-port <port>',
      'of the first dashboard, the others follow; 0: any (default: 5000; with --once none)',
    )
    .option('--no-dashboard', 'start no dashboards')
    .option('--open', "open JAO's page in the browser of this machine")
    .option('--control', "JAO's page may launch, assign, review, break and mend, on this machine")
    .option('--no-control', 'it may not, and nobody is asked')
    .option(
      '--admin <user:password>',
      'of the embedded servers, better in COUCHDB_ADMIN, unseen; without it they need no login',
    )
    .option('-x, --max-jobs <n>', 'Pipeline jobs at a time at each site', '1')
    .addHelpText(
      'after',
      examples(
        'draws up',
        'draws up --once --ous 3 --pace 0 --failure-rate 0',
        'draws up --sites JAO,EU,NA,EA --ous 30 --pace 0.5',
        'draws up --ous-file observed.csv',
        'COUCHDB_URL_JAO=http://me:secret@localhost:5984 draws up --couchdb JAO',
      ),
    )
    .action(async (given: GivenOptions) => {
      const admin = given.admin ?? context.env.COUCHDB_ADMIN;
      const couchdb = given.couchdb.map((text) => withUrl(text, context.env));
      const options = parseUpOptions({ ...given, couchdb, ...(admin ? { admin } : {}) });
      const { up } = await import('../up/up.ts');
      context.exitWith(await up(options, context));
    });
}

/** A password in the URL of `--couchdb JAO` stays out of process lists as COUCHDB_URL_JAO. */
function withUrl(text: string, env: CommandContext['env']): string {
  const url = text.includes('=') ? undefined : env[`COUCHDB_URL_${text}`];
  return url ? `${text}=${url}` : text;
}
