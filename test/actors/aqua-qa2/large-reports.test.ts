// Unread reports of a size that once kept AQUA from starting: its real process, with little memory, stores
// them all. Long (DRAWS_LONG=1): as many as there were then, with less memory than a fifth of them takes.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { databaseNames } from '../../../mockup/core/databases.ts';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { initDatabases } from '../../../mockup/replication/init-databases.ts';

const REPORTS = process.env.DRAWS_LONG ? 560 : 16;
const REPORT_BYTES = 1_330_000;
const MEMORY_MB = process.env.DRAWS_LONG ? 128 : 64;
const PROGRAM = join(import.meta.dirname, '../../../mockup/cli/draws.mjs');
const PATIENCE_MS = process.env.DRAWS_LONG ? 480_000 : 240_000;

let server: Awaited<ReturnType<typeof startCouchServer>>;
let aqua: ChildProcess | undefined;

beforeEach(async () => {
  server = await startCouchServer();
});

afterEach(async () => {
  aqua?.kill('SIGKILL');
  await server.close();
});

it(
  `are stored, ${REPORTS} of them, with ${MEMORY_MB} MiB of heap`,
  async () => {
    const databases = createNanoServer(server.url, {
      ...{ clock: createSystemClock(), random: createSystemRandom(), log: silentLogger },
    });
    await initDatabases(databases);
    const messages = databases.open(databaseNames.messages);
    const report = 'QUFB'.repeat(REPORT_BYTES / 4);
    for (let n = 0; n < REPORTS; n++) {
      const creationTimestamp = `2026-01-05T00:00:00.${String(n).padStart(3, '0')}`;
      await messages.put({
        ...{ _id: `${creationTimestamp}-${n}`, creationTimestamp, originIP: '127.0.0.1' },
        ...{ selector: 'pipeline.report.JAO', consumed: false },
        body: {
          ...{ ousUID: `uid://X1/X1/X${n}`, timestamp: creationTimestamp, source: 'EU', report },
          productsDir: `2015.1.00657.S_2026_01_05T00_00_00.${String(n).padStart(3, '0')}`,
        },
      } as { _id: string });
    }
    const env = { ...process.env, COUCHDB_URL: server.url, DRAWS_LOCATION: 'JAO' };
    const options = [`--max-old-space-size=${MEMORY_MB}`, PROGRAM, 'aqua-qa2', '--auto'];
    const child = spawn(process.execPath, options, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    aqua = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-5000);
      });
    }
    const reports = databases.open(databaseNames.pipelineReports);
    await expect
      .poll(
        async () => {
          if (child.exitCode !== null || child.signalCode !== null) throw new Error(output);
          const ids = await reports.newestIds(2 * REPORTS);
          return ids.filter((id) => !id.startsWith('_design/')).length;
        },
        { timeout: PATIENCE_MS, interval: 200 },
      )
      // The indexes are documents, too.
      .toBeGreaterThanOrEqual(REPORTS);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    expect(output).not.toMatch(/out of memory/i);
  },
  PATIENCE_MS + 60_000,
);
