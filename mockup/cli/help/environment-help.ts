// Which environment variables each command of `draws` reads: the last part of its help, but for the
// examples.

/** One line each. */
const VARIABLES = {
  COUCHDB_URL: "this site's server, with user and password (default: http://localhost:5984)",
  COUCHDB_URL_SITE: "a site's server, where --couchdb names the site alone",
  COUCHDB_ADMIN: 'user:password of the embedded server',
  DRAWS_LOCATION: 'this site: EA, EU, JAO or NA',
  DRAWS_LOCAL_CACHE: "an absolute directory: this site's cache",
  DRAWS_SITE_CACHE: 'of each other SITE: its cache, a directory or user@host:directory',
  DRAWS_SITE_COUCHDB: 'of each other SITE: its server, with user and password',
  DRAWS_RUNS: 'directory of the Pipeline runs (default: the cache with -runs at its end)',
  DRAWS_PACE: 'multiplies every deliberate waiting time; 0: none (default: 1)',
  DRAWS_FAILURE_RATE: 'share of Pipeline runs that fail (default: 0.1)',
  DRAWS_LEASE_S: 'seconds until what a silent process had is taken over (default: 10)',
  DRAWS_MESSAGE_AGE: 'days that finished messages are kept (default: 7)',
  DRAWS_PIPELINE: 'another program in place of the mock Pipeline',
  DRAWS_PIPELINE_DRIVER: 'another program in place of the driver',
  DRAWS_USER_PASSWORD: 'of --user',
  DRAWS_LOG_LEVEL: 'debug, info, warn, error or silent (default: info)',
} as const;

type Variable = keyof typeof VARIABLES;

const ACTOR: readonly Variable[] = [
  ...(['DRAWS_LOCATION', 'COUCHDB_URL', 'DRAWS_PACE', 'DRAWS_LEASE_S'] as const),
  'DRAWS_LOG_LEVEL',
];

const OF_COMMANDS: Readonly<Record<string, readonly Variable[]>> = {
  up: [
    'COUCHDB_ADMIN',
    'COUCHDB_URL_SITE',
    'DRAWS_LEASE_S',
    'DRAWS_MESSAGE_AGE',
    'DRAWS_LOG_LEVEL',
  ],
  couchdb: ['COUCHDB_ADMIN', 'DRAWS_LOG_LEVEL'],
  init: ['COUCHDB_URL', 'DRAWS_USER_PASSWORD'],
  replicate: ['DRAWS_LOCATION', 'COUCHDB_URL', 'DRAWS_SITE_COUCHDB'],
  'clear-all-dbs': ['COUCHDB_URL', 'DRAWS_LOCAL_CACHE', 'DRAWS_RUNS'],
  launcher: ['COUCHDB_URL'],
  'aqua-batch-helper': ACTOR,
  dra: ACTOR,
  xtss: ACTOR,
  'torque-maui': [
    ...ACTOR,
    ...(['DRAWS_LOCAL_CACHE', 'DRAWS_RUNS', 'DRAWS_FAILURE_RATE'] as const),
    ...(['DRAWS_PIPELINE', 'DRAWS_PIPELINE_DRIVER'] as const),
  ],
  'pipeline-driver': [
    ...ACTOR,
    ...(['DRAWS_LOCAL_CACHE', 'DRAWS_RUNS', 'DRAWS_FAILURE_RATE', 'DRAWS_PIPELINE'] as const),
  ],
  pipeline: ['DRAWS_PACE', 'DRAWS_FAILURE_RATE', 'DRAWS_LOG_LEVEL'],
  'replicated-cache': [...ACTOR, 'DRAWS_LOCAL_CACHE', 'DRAWS_SITE_CACHE'],
  'aqua-qa2': ACTOR,
  'product-ingestor': [...ACTOR, 'DRAWS_LOCAL_CACHE'],
  'data-tracker': ACTOR,
  dashboard: ['DRAWS_LOCATION', 'COUCHDB_URL', 'DRAWS_SITE_COUCHDB', 'DRAWS_LOG_LEVEL'],
  status: ['COUCHDB_URL'],
  history: ['COUCHDB_URL'],
  messages: ['COUCHDB_URL'],
  doctor: [
    ...(['DRAWS_LOCATION', 'COUCHDB_URL', 'DRAWS_LOCAL_CACHE', 'DRAWS_RUNS'] as const),
    ...(['DRAWS_SITE_CACHE', 'DRAWS_SITE_COUCHDB'] as const),
  ],
  conflicts: ['COUCHDB_URL'],
  'send-message': ['COUCHDB_URL'],
  'send-rpc': ['COUCHDB_URL'],
};

/** Empty for a command of another program, which has its own text where it reads any. */
export function environmentHelp(program: string, command: string): string {
  const names = program === 'draws' ? (OF_COMMANDS[command] ?? []) : [];
  if (names.length === 0) return '';
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => `  ${name.padEnd(width)}  ${VARIABLES[name]}`);
  return ['', 'Environment:', ...lines].join('\n');
}
