// `hdfmgr status`: the manager's own account where it runs, and what the records say.

import type { Command } from 'commander';
import { fileStates } from '../../core/dbb/file-life-cycle.ts';
import type { FileRecord } from '../../core/dbb/file-record.ts';
import { describeError } from '../../core/errors.ts';
import { parseTimestamp } from '../../core/timestamps.ts';
import { recordsInState } from '../../dbb/handoff/records/record-queries.ts';
import type { HandoffStatus } from '../../dbb/handoff/status.ts';
import { lockHolder } from '../../dbb/holding/directory-lock.ts';
import { readStatus } from '../../dbb/holding/state-directory.ts';
import { type CommandContext, examples } from '../command.ts';
import { textTable } from '../terminal/text-table.ts';
import { type Configured, readConfigured, withDatabase } from './configured.ts';
import { mbytes } from './progress.ts';

const FAILURES_SHOWN = 20;
/** A manager tells its status every second. */
const SILENT_MS = 60_000;
const EXIT_CODES = `
Exit code: 0 all is well, 1 files need a person, 3 it does not run, or nothing goes through.`;

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file')
    .option('--json', 'as JSON')
    .addHelpText('after', EXIT_CODES)
    .addHelpText('after', examples('hdfmgr status examples/handoff/local.yaml --json'))
    .action(async (path: string, options: { json?: boolean }) => {
      const configured = readConfigured(path);
      const holder = lockHolder(`${configured.own}/lock`, Date.now());
      const running = holder && (readStatus(configured.state) as HandoffStatus | undefined);
      const records = await countRecords(configured);
      context.exitWith(exitCodeOf(running, Date.now()));
      if (options.json) {
        const json = { running: holder !== undefined, ...running, recorded: records };
        context.print(JSON.stringify(json, null, 2));
        return;
      }
      if (!holder) context.print('not running');
      else if (running) showRunning(running, context);
      if ('error' in records) context.print(`records: ${records.error}`);
      else {
        const known = Object.entries(records).filter(([, count]) => count > 0);
        const counts = known.map(([state, count]) => `${count} ${state}`).join(', ');
        context.print(`not held, by the records: ${counts || 'none'}`);
      }
    });
}

/** 3 also where it gives no sign of life. */
function exitCodeOf(status: HandoffStatus | undefined, now_ms: number): number {
  if (!status || now_ms - parseTimestamp(status.timestamp) > SILENT_MS) return 3;
  const { endpoint, local, failures, stuck, records } = status;
  if (['away', 'refusing'].includes(endpoint.condition) || local.error) return 3;
  return failures.length > 0 || stuck > 0 || records.error ? 1 : 0;
}

function showRunning(status: HandoffStatus, context: CommandContext): void {
  const { queued, in_flight, rate, oldest, held, endpoint, failures, stuck } = status;
  const rows: string[][] = [
    ['manager', `process ${status.pid} since ${status.started}: ${status.state}`],
    ['queued', `${countOf(queued.files)}, ${mbytes(queued.bytes)}`],
    [
      'in flight',
      `${countOf(in_flight.files)} in ${countOf(in_flight.batches, 'batch', 'batches')}`,
    ],
    ['rate', `${rate.mbytes_per_sec.toFixed(2)} MB/s, ${rate.files_per_sec.toFixed(1)} files/s`],
    [
      'held',
      `${countOf(held.files)}, ${mbytes(held.bytes)}${stuck > 0 ? `; ${stuck} can't be` : ''}`,
    ],
    ['oldest', oldest ? `${JSON.stringify(oldest.path)} since ${oldest.since}` : 'none waits'],
    ['endpoint', [endpoint.condition, endpoint.error].filter(Boolean).join(': ')],
    ['failures', String(failures.length)],
  ];
  if (status.local.error) rows.push(['this machine', `can't begin: ${status.local.error}`]);
  if (status.records.error) {
    rows.push(['records', `${status.records.waiting} wait: ${status.records.error}`]);
  }
  for (const line of textTable(rows)) context.print(line);
  const shown = failures.slice(-FAILURES_SHOWN);
  for (const { path, attempts, reason } of shown) {
    context.print(
      `  ${JSON.stringify(path)} (${countOf(attempts, 'attempt', 'attempts')}): ${reason}`,
    );
  }
}

function countOf(count: number, one = 'file', many = 'files'): string {
  return `${count} ${count === 1 ? one : many}`;
}

type Counts = Record<string, number>;

async function countRecords(configured: Configured): Promise<Counts | { error: string }> {
  const { tablenames } = configured.configuration.database;
  try {
    return await withDatabase(configured, async (server) => {
      const database = server.open(tablenames.file);
      const counts: Counts = {};
      const open = fileStates.filter((state) => !['held', 'superseded', 'gone'].includes(state));
      for (const state of open) {
        const query = recordsInState(state, configured.manager, ['_id']);
        counts[state] = (await database.find<FileRecord>(query)).length;
      }
      return counts;
    });
  } catch (error) {
    return { error: describeError(error) };
  }
}
