// The command line: help, exit codes, and one line per error.

import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import * as replicatedCache from '../../mockup/cli/commands/actors/replicated-cache.ts';
import { draws } from '../../mockup/cli/draws.ts';
import { main } from '../../mockup/cli/main.ts';
import { runDraws } from './run-draws.ts';

const ONE_LINE = /^draws: [^\n]+\n$/;
const NOBODY = 'http://127.0.0.1:9';

describe('help', () => {
  it('lists every command', async () => {
    const { exitCode, stdout, stderr } = await runDraws(['--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const { name } of draws.commands) expect(stdout).toContain(`  ${name} `);
  });

  it('is what the program says without arguments', async () => {
    const { exitCode, stdout } = await runDraws([]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Usage: draws <command>/);
  });

  it.each(draws.commands.map(({ name }) => name))('of %s has examples', async (name) => {
    const { exitCode, stdout, stderr } = await runDraws([name, '--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: draws ${name} `));
    expect(stdout).toMatch(/Examples:\n {2}.*draws /);
  });
});

describe('wrong usage ends with 2 and one line', () => {
  const jao = { DRAWS_LOCATION: 'JAO', DRAWS_LOCAL_CACHE: '/tmp/never-written' };
  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['an unknown command', ['fly'], {}, /there is no command "fly" \(draws --help lists them\)/],
    [
      'an unknown option',
      ['xtss', '--fast'],
      {},
      /unknown option '--fast' \(see draws xtss --help\)/,
    ],
    [
      'a missing argument',
      ['launcher', '2015.1.00657.S'],
      {},
      /missing required argument 'ousUID'/,
    ],
    [
      'a missing argument of a subcommand',
      ['messages', 'retry'],
      {},
      /missing required argument 'id' \(see draws messages retry --help\)/,
    ],
    ['too many arguments', ['xtss', 'now'], jao, /too many arguments/],
    ['a bad UID', ['launcher', '2015.1.00657.S', 'X1'], {}, /not an OUS UID: "X1"/],
    ['a bad project', ['launcher', '../x', 'uid://X1/X1/X1'], {}, /not a project code/],
    ['a bad recipe', ['launcher', 'p', 'uid://X1/X1/X1', 'Cook'], {}, /not a recipe: "Cook"/],
    ['no location', ['xtss'], {}, /DRAWS_LOCATION: expected one of EA, EU, JAO, NA; got nothing/],
    ['a bad location', ['xtss'], { DRAWS_LOCATION: 'XY' }, /DRAWS_LOCATION.*"XY"/],
    ['no cache', ['product-ingestor'], { DRAWS_LOCATION: 'JAO' }, /DRAWS_LOCAL_CACHE/],
    ...[
      ['xtss'],
      ['launcher', '2015.1.00657.S', 'uid://X1/X1/X1'],
      ['product-ingestor'],
      ['aqua-batch-helper'],
      ['aqua-qa2', '--auto'],
      ['dra', '--auto', '-a', 'EU'],
    ].map((args): [string, string[], Record<string, string>, RegExp] => [
      `${args[0]} at an ARC`,
      args,
      { ...jao, DRAWS_LOCATION: 'EU' },
      new RegExp(`${args[0]} runs at JAO alone, and DRAWS_LOCATION is EU`),
    ]),
    ['a bad pace', ['xtss'], { ...jao, DRAWS_PACE: 'fast' }, /DRAWS_PACE.*"fast"/],
    ['a bad URL', ['init'], { COUCHDB_URL: 'ftp://me:secret@x' }, /COUCHDB_URL/],
    ['a bad number of jobs', ['torque-maui', '-x', '0'], jao, /--max-jobs is "0"/],
    ['a bad site', ['dra', '-a', 'XY'], jao, /--assign-to names no site: "XY"/],
    ['bad shares', ['aqua-qa2', '--auto', 'well=1'], jao, /--auto "well=1" is not understood/],
    ['no shares', ['aqua-qa2', '--auto', 'pass='], jao, /--auto pass is ""/],
    ['a bad port', ['replicated-cache', '-p', '70000'], jao, /--port is "70000"/],
    ['a bad age', ['replicated-cache'], { ...jao, DRAWS_MESSAGE_AGE: '-1' }, /DRAWS_MESSAGE_AGE/],
    [
      'a manual recipe',
      ['pipeline', 'p', 'uid://X1/X1/X1', 'ManualImaging'],
      jao,
      /Pipeline recipe/,
    ],
    [
      'a bad rate',
      ['pipeline', 'p', 'uid://a/b', 'PipelineImaging', '--failure-rate', '2'],
      jao,
      /--failure-rate/,
    ],
    [
      'a bad time',
      ['pipeline-driver', 'p', 'uid://a/b', 'PipelineImaging', '--since', 'now'],
      jao,
      /--since/,
    ],
    ['a bad server port', ['couchdb', '--port', 'http'], {}, /--port is "http"/],
    ['a bad admin', ['couchdb', '--admin', 'secret'], {}, /--admin is not user:password/],
    ['a field without a value', ['send-message', 'x.y', 'field'], {}, /not a field: "field"/],
    ['a request that is no JSON', ['send-rpc', 'xtss', '{'], {}, /the request is not JSON/],
    [
      'a bad time limit',
      ['send-rpc', 'xtss', '{}', '--time-limit', '0'],
      {},
      /--time-limit is "0"/,
    ],
    ['a UID of no OUS', ['history', 'X1'], {}, /not an OUS UID/],
    ['no JAO', ['replicate', 'status', '--arc', 'EU=http://h:1'], {}, /JAO's server is not known/],
    ['no ARC', ['replicate', 'apply', '--jao', 'http://h:1'], {}, /no ARC is given/],
    [
      'a bad ARC',
      ['replicate', 'cancel', '--jao', 'http://h', '--arc', 'XY=http://h'],
      {},
      /--arc names no site/,
    ],
    ['sites without JAO', ['up', '--sites', 'EU'], {}, /--sites is without JAO/],
    ['no OUSs', ['up', '--ous', '0'], {}, /--ous is "0"/],
    ['a missing file', ['up', '--ous-file', '/nowhere.csv'], {}, /can't read \/nowhere.csv/],
    ['--once without OUSs', ['up', '--once', '--no-demo'], {}, /--once waits for the OUSs/],
    ['a server of no site', ['up', '--couchdb', 'NA=http://h:1'], {}, /--couchdb does not begin/],
    ['a site without a server', ['up', '--couchdb', 'JAO'], {}, /--couchdb JAO is without =URL/],
    [
      'a server with a path',
      ['up', '--couchdb', 'JAO=http://me:secret@h:1/foo'],
      {},
      /--couchdb JAO has a path in its URL \(such as --couchdb JAO=http:\/\/localhost:5984\)/,
    ],
    ['a bad admin of a line', ['up'], { COUCHDB_ADMIN: 'secret' }, /COUCHDB_ADMIN\) is not user/],
    ['a bad report', ['up', '--json', '/nowhere/x.json'], {}, /can't write --json/],
  ])('%s', async (_, args, env, expected) => {
    const { exitCode, stderr, stdout } = await runDraws(args, env);
    expect(stderr).toMatch(expected);
    expect(stderr).toMatch(ONE_LINE);
    expect(stderr).not.toContain('secret');
    // A pipeline's 2 would say that processing failed.
    expect([exitCode, stdout]).toEqual([args[0] === 'pipeline' ? 64 : 2, '']);
  });
});

describe.concurrent('failure ends with 1 and one line', () => {
  it.each([['init'], ['status'], ['history', 'uid://X1/X1/X1'], ['messages']])(
    '%s',
    async (...args) => {
      const { exitCode, stderr } = await runDraws(args, { COUCHDB_URL: NOBODY });
      expect(stderr).toMatch(ONE_LINE);
      expect(stderr).toMatch(/can't connect to http:\/\/127\.0\.0\.1:9: its port belongs to /);
      expect(stderr).toMatch(/\(is the CouchDB server running, and its URL right\?\)/);
      expect(exitCode).toBe(1);
    },
  );
});

it('shows a stack trace only where DRAWS_DEBUG asks for it', async () => {
  const { stderr } = await runDraws(['fly'], { DRAWS_DEBUG: '1' });
  expect(stderr).toMatch(/^draws: .*\nUsageError: .*\n +at /);
});

it('takes the short options of the original', async () => {
  let seen: unknown;
  const define = (...given: Parameters<typeof replicatedCache.define>) => {
    replicatedCache.define(...given);
    given[0].action((options: unknown, command: Command) => {
      seen = { ...(options as object), args: command.args };
    });
  };
  const load = async () => ({ ...replicatedCache, define });
  const definition = {
    name: 'draws',
    summary: '',
    commands: [{ name: 'replicated-cache', group: '', summary: 'x', load }],
  };
  const write = () => true;
  const args = ['-eac', '/ea', '-euc', 'me@host:/eu', '-nac=/na=1', '-jaoc', '/jao', '-p', '8001'];
  const exitCode = await main(definition, ['replicated-cache', ...args], {
    env: {},
    stdout: { write },
    stderr: { write },
  });
  expect(exitCode).toBe(0);
  const caches = { eaCache: '/ea', euCache: 'me@host:/eu', naCache: '/na=1', jaoCache: '/jao' };
  expect(seen).toEqual({ ...caches, port: '8001', host: '127.0.0.1', args: [] });
});

it('tells what no command expected in one line too', async () => {
  const define = () => {
    throw new Error('two\nlines');
  };
  const definition = {
    name: 'broken',
    summary: '',
    commands: [{ name: 'x', group: '', summary: 'x', load: async () => ({ define }) }],
  };
  let stderr = '';
  const write = (text: string) => {
    stderr += text;
    return true;
  };
  const exitCode = await main(definition, ['x'], {
    env: {},
    stdout: { write },
    stderr: { write },
  });
  expect([exitCode, stderr]).toEqual([1, 'broken: two lines\n']);
});
