// Configurations: those of the Python manager work as they are, problems are named in one line, and
// every example of the repository is good.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBackfillConfiguration } from '../../../mockup/dbb/endpoint/backfill/backfill-settings.ts';
import { databaseNamesOf } from '../../../mockup/dbb/endpoint/database-section.ts';
import {
  actionsOf,
  finderRemarks,
  readFinderConfiguration,
} from '../../../mockup/dbb/endpoint/finder/finder-settings.ts';
import { daysOf } from '../../../mockup/dbb/endpoint/finder/log-search.ts';
import { readIngesterConfiguration } from '../../../mockup/dbb/endpoint/ingester/ingester-settings.ts';
import { createGen3Ingest } from '../../../mockup/dbb/endpoint/plugins/gen3-ingest.ts';
import { createRucioIngest } from '../../../mockup/dbb/endpoint/plugins/rucio-ingest.ts';
import { literalPrefix, pathMatcher } from '../../../mockup/dbb/records/path-patterns.ts';

const FINDER = `
database:
  engine: "couchdb://tester:password@localhost:5984"
  tablenames:
    file:
      schema: dbbbm
      table: loc_inst_files
  echo: false
  pool_class: QueuePool
finder:
  source: /data/buffer
  storage: /data/storage
  actions:
    standard: Move
    alternative: Delete
  search:
    method: scan
    exclude_list: null
    date: null
    past_days: 1
    future_days: 1
  pause: 1
logging:
  file: null
  format: "%(asctime)s:%(name)s:%(levelname)s:%(message)s"
  level: INFO
`;

const INGESTER = `
database:
  engine: "couchdb://localhost"
  tablenames:
    file: {schema: null, table: files}
    event: {schema: null, table: gen3_file_events}
  echo: false
  pool_class: QueuePool
ingester:
  storage: /data/storage
  plugin:
    name: Gen3Ingest
    config:
      butler: {root: /repo, collection: null}
      ingest: {config: null, config_file: null, processes: 1, transfer: symlink}
  include_list: null
  exclude_list: ["(?i)junk", "(?P<day>2020)-01"]
  file_status: UNTRIED
  batch_size: 10
  daemon: true
  num_threads: 1
  pause: 1
`;

describe('configurations', () => {
  it('takes those of the Python manager as they are', () => {
    const { database, finder } = readFinderConfiguration(FINDER, 'finder.yaml');
    expect(databaseNamesOf(database.tablenames)).toEqual({
      files: 'dbbbm-loc_inst_files',
      contents: 'dbbbm-loc_inst_files-contents',
      events: undefined,
    });
    expect(actionsOf(finder)).toEqual({ standard: 'Move', alternative: 'Delete' });
    expect(finderRemarks(finder)).toEqual([]);
    const { ingester } = readIngesterConfiguration(INGESTER, 'ingester.yaml');
    expect(ingester).toMatchObject({ batch_size: 10, unknown: 'keep', file_status: 'UNTRIED' });
    const text = `
database: {engine: "couchdb://h", tablenames: {file: {table: f}, event: {table: e}}}
backfill: {storage: /data/storage, sources: ["2020-12-31"]}
`;
    expect(readBackfillConfiguration(text, 'b.yaml').backfill.sources).toEqual(['2020-12-31']);
  });

  it('takes a schema and a table for the table of files, as the guide of the Python manager has it', () => {
    const short = FINDER.replace(
      /file:\n +schema: dbbbm\n +table: loc_inst_files/,
      'schema: dbbbm\n    table: f',
    );
    expect(databaseNamesOf(readFinderConfiguration(short, 'f').database.tablenames).files).toBe(
      'dbbbm-f',
    );
  });

  it.each([
    [
      FINDER.replace('Move', 'Copy'),
      /finder\.actions\.standard: expected one of Move, Delete, Noop/,
    ],
    [FINDER.replace('scan', 'guess'), /finder\.search\.method: expected one of scan, parse_rsync/],
    [FINDER.replace('  source: /data/buffer\n', ''), /finder\.source: expected a directory/],
    [FINDER.replace('pause: 1', 'puase: 1'), /finder\.puase: expected one of the keys .*pause/],
    [FINDER.replace('couchdb://', 'postgres://'), /database\.engine: expected couchdb:\/\//],
    [FINDER.replace('exclude_list: null', 'exclude_list: ["("]'), /exclude_list\[0\]: .*regular/],
  ])('names the key that is wrong in a finder (%#)', (text, message) => {
    expect(() => readFinderConfiguration(text, 'finder.yaml')).toThrow(message);
  });

  it.each([
    [INGESTER.replace('event:', 'evnet:'), /database\.tablenames\.evnet/],
    [INGESTER.replace('batch_size: 10', 'batch_size: 0'), /ingester\.batch_size: .*1 or more/],
    [INGESTER.replace('UNTRIED', 'SUCCESS'), /ingester\.file_status: expected one of UNTRIED/],
    [INGESTER.replace('name: Gen3Ingest', ''), /ingester\.plugin: .*name of a plugin/],
  ])('names the key that is wrong in an ingester (%#)', (text, message) => {
    expect(() => readIngesterConfiguration(text, 'ingester.yaml')).toThrow(message);
  });

  it('has examples that are good', () => {
    const directory = join(import.meta.dirname, '../../../examples/endpoint');
    const names = readdirSync(directory).filter((name) => name.endsWith('.yaml'));
    expect(names.length).toBeGreaterThan(4);
    for (const name of names) {
      const text = readFileSync(join(directory, name), 'utf8');
      const read = name.includes('finder')
        ? readFinderConfiguration
        : name.includes('backfill')
          ? readBackfillConfiguration
          : readIngesterConfiguration;
      expect(() => read(text, name)).not.toThrow();
    }
  });

  it('looks into the folders of the days around a date', () => {
    const { finder } = readFinderConfiguration(
      FINDER.replace('date: null', 'date: "2021-01-01"').replace('past_days: 1', 'past_days: 2'),
      'finder.yaml',
    );
    expect(daysOf(finder, 0)).toEqual(['20201230', '20201231', '20210101', '20210102']);
  });
});

describe('the settings of Gen3Ingest', () => {
  const calls: string[][] = [];
  const ports = {
    runTool: async (argv: string[]) => {
      calls.push(argv);
      return { exitCode: 0, signal: undefined, notStarted: undefined, stdout: '1.0', stderr: '' };
    },
  };

  it('are those of the Python manager, each with its option', async () => {
    const ingest = {
      config: null,
      config_file: null,
      pool: null,
      processes: 1,
      group_files: true,
    };
    const more = {
      file_filter: '\\.fit[s]?\\b',
      skip_existing_exposures: false,
      transfer: 'direct',
    };
    const task = { task: 'lsst.obs.base.RawIngestTask', update_exposure_records: true };
    const visits = {
      instrument: 'LATISS',
      config_file: null,
      collections: null,
      update_records: true,
    };
    const settings = {
      butler: { root: 'label', collection: 'LATISS/raw/all' },
      ingest: { ...ingest, ...more, ...task, track_file_attrs: false },
      visits: { ...visits, task: 'lsst.obs.base.DefineVisitTask' },
    };
    const { ingest: run } = await createGen3Ingest(settings, ports as never);
    await run({ path: '/s/a.fits' } as never, {} as never);
    const options =
      '--transfer direct --output-run LATISS/raw/all --ingest-task lsst.obs.base.RawIngestTask ' +
      '--update-records --no-track-file-attrs';
    expect(calls.map((argv) => argv.join(' '))).toEqual([
      'butler --version',
      `butler ingest-raws label /s/a.fits ${options}`,
      'butler define-visits label LATISS --collections LATISS/raw/all --update-records',
    ]);
  });
});

describe('path patterns', () => {
  it.each([
    ['*.fits', 'a.fits', true],
    ['*.fits', 'd/a.fits', false],
    ['**/*.fits', 'd/e/a.fits', true],
    ['**/*.fits', 'a.fits', true],
    ['2020-1?-*', '2020-12-31/a.fits', true],
    ['./night/', 'night/a.fits', true],
    ['night', 'nightly/a.fits', false],
    ['a[!b]c', 'abc', false],
    ['a+b(1).fits', 'a+b(1).fits', true],
    ['.', 'anything/at all', true],
  ])('%s on %s: %s', (pattern, path, matches) => {
    expect(pathMatcher(pattern)(path)).toBe(matches);
  });

  it('knows where all matches begin', () => {
    expect(literalPrefix('2020-12-*/x')).toBe('2020-12-');
    expect(literalPrefix('whole/path/')).toBe('whole/path');
  });
});

describe('the settings of a plugin', () => {
  it('keep credentials out of messages that go on record', () => {
    const settings = { url: 'https://me:secret@rucio', rse: 'A', scope: 'raw', token: 't' };
    expect(() => createRucioIngest(settings, {} as never)).toThrow(
      /^(?!.*secret).*url: expected an http URL without user and password/,
    );
  });
});

describe('what the help of a command names', () => {
  it('is there', () => {
    const root = join(import.meta.dirname, '../../..');
    const commands = ['mockup/cli/endpoint', 'mockup/cli/handoff'].flatMap((directory) =>
      readdirSync(join(root, directory)).map((name) => join(root, directory, name)),
    );
    const named = commands.flatMap(
      (path) => readFileSync(path, 'utf8').match(/examples\/[\w./-]+/g) ?? [],
    );
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
