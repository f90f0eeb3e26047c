// What a person types about one OUS: as programs print it, and never a delivered one by mistake.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { databaseNames } from '../../mockup/core/databases.ts';
import { documentId } from '../../mockup/core/identifiers.ts';
import type { OusDocument } from '../../mockup/core/ous/ous.ts';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import type { Database } from '../../mockup/platform/couch/database.ts';
import { type Ran, runDraws } from './run-draws.ts';

const OUS = 'uid://X1/X1/Xb0';
const PROJECT = '2015.1.00657.S';

let server: CouchServer;
let entities: Database;
const draws = (...args: string[]): Promise<Ran> =>
  runDraws(args, { COUCHDB_URL: server.url, DRAWS_LOCATION: 'JAO' });

beforeEach(async () => {
  server = await startCouchServer();
  expect((await draws('init')).exitCode).toBe(0);
  entities = connectTo(server.url).open(databaseNames.statusEntities);
  expect((await draws('launcher', PROJECT, 'X1/X1/Xb0')).stdout).toContain(`${OUS} is Ready`);
});

afterEach(() => server.close());

async function stateOf(): Promise<string | undefined> {
  return (await entities.get<OusDocument>(documentId(OUS)))?.state;
}

async function deliver(): Promise<void> {
  const ous = await entities.get<OusDocument>(documentId(OUS));
  await entities.put({ ...ous, _id: documentId(OUS), state: 'Delivered', substate: null });
}

it.each([OUS, 'X1/X1/Xb0', 'uid___X1_X1_Xb0'])('history takes %s', async (typed) => {
  const { exitCode, stdout } = await draws('history', typed);
  expect([exitCode, stdout.split('\n')[0]]).toEqual([
    0,
    `${OUS} of ${PROJECT}: ReadyForProcessing`,
  ]);
});

it.each(['X1', '../X1/X2', 'uid://', 'uid___', 'X1/X1/X b'])(
  'history refuses %j',
  async (typed) => {
    const { exitCode, stderr } = await draws('history', typed);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('not an OUS UID')]);
  },
);

describe('launcher', () => {
  it('sets back one that is under way', async () => {
    expect((await draws('launcher', PROJECT, OUS)).exitCode).toBe(0);
  });

  it('sets a Delivered one back only where somebody says so', async () => {
    await deliver();
    const refused = await draws('launcher', PROJECT, OUS);
    expect(refused).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `draws: ${OUS} is Delivered and there is no terminal to ask at (give --yes)\n`,
    });
    expect(await stateOf()).toBe('Delivered');
    expect((await draws('launcher', PROJECT, OUS, '--yes')).exitCode).toBe(0);
    expect(await stateOf()).toBe('ReadyForProcessing');
  });
});
