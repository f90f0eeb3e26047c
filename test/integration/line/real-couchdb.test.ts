// The whole line on two CouchDB nodes, JAO on that of COUCHDB_URL and EU on that of COUCHDB_URL_2.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { LineReport } from '../../../mockup/cli/up/report.ts';
import { createLocalFiles } from '../../../mockup/platform/files/local-files.ts';
import { checkLine } from '../../../mockup/simulator/checkers/line-checker.ts';
import { type BorrowedCouchdb, borrowCouchdb } from '../../real-couchdb.ts';
import { startLine, temporaryDirectory } from './running-line.ts';

const both = process.env.COUCHDB_URL && process.env.COUCHDB_URL_2;

async function node(variable: 'COUCHDB_URL' | 'COUCHDB_URL_2'): Promise<BorrowedCouchdb> {
  const borrowed = await borrowCouchdb(variable);
  if (!borrowed) throw new Error(`${variable} is not set`);
  onTestFinished(() => borrowed.close());
  return borrowed;
}

it.runIf(both)('delivers three OUSs on real nodes, each once', { timeout: 600_000 }, async () => {
  const directory = temporaryDirectory();
  onTestFinished(() => void directory.remove());
  const [jao, eu] = [await node('COUCHDB_URL'), await node('COUCHDB_URL_2')];
  const [data, json] = [join(directory.path, 'data'), join(directory.path, 'report.json')];
  // The passwords go by the environment: arguments are for everybody to see.
  const env = { COUCHDB_URL_JAO: jao.url, COUCHDB_URL_EU: eu.url };
  const servers = ['--couchdb', 'JAO', '--couchdb', 'EU'];
  const line = startLine(['--once', '--ous', '3', '--data', data, '--json', json, ...servers], {
    env,
  });
  const { exitCode, output } = await line.end;
  expect(exitCode, output).toBe(0);
  expect(output).not.toContain('admin:admin');
  const report = JSON.parse(readFileSync(json, 'utf8')) as LineReport;
  expect(report.outcome).toBe('delivered');
  const site = (name: string, { server }: BorrowedCouchdb) => ({
    name,
    server,
    cache: { files: createLocalFiles(), directory: join(data, name.toLowerCase(), 'cache') },
  });
  const ousUids = report.ouss.map(({ entityId }) => entityId);
  expect(await checkLine({ jao: site('JAO', jao), arcs: [site('EU', eu)], ousUids })).toEqual([]);
});
