// Compares the records of a manager with its buffer, its holding area and the endpoint: files that are
// on record and not where they should be, or not as they should be, and dark files, which lie in
// the holding area and are not on record. It changes nothing.

import type { FileRecord } from '../../../core/dbb/file-record.ts';
import type { Database } from '../../../platform/couch/database.ts';
import { walkInOrder } from '../../files/walk-in-order.ts';
import type { FileWork } from '../../holding/file-work.ts';
import type { CheckPhase, CheckRun, CheckStep } from '../../records/check-run.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { checkEndpoint } from './check-endpoint.ts';
import { isKept, pathOfRecord, recordsOf } from './manager-records.ts';

export interface HandoffCheck {
  files: Database;
  work: FileWork;
  /** In the records: which manager. */
  manager: string;
  buffer: string;
  holding: string;
  /** Undefined where only this site is looked at. */
  endpoint: Endpoint | undefined;
  /** By contents, and not by sizes alone. */
  byChecksum: boolean;
  /** Left out by the configuration, so it may lie in the holding area without a record. */
  isExcluded(path: string): boolean;
}

export const COUNTS = ['held', 'open', 'lost', 'changed', 'dark', 'unseen'] as const;
/** These are told one by one, and mean that something is wrong. */
export const FAULTS: readonly string[] = [
  ...['lost', 'changed', 'dark', 'unseen'],
  ...['vanished', 'lost-there', 'changed-there', 'unseen-there'],
];

const PAGE = 1000;
/** Of copies under way (named by batch and number), and of a manager's own. */
const OWN = /(^|\/)\.hdfmgr-(\d{8}T\d{6}-[0-9a-f]{6}-\d+-\d+|[0-9a-f]{12}(\/.*)?)$/;
const OPEN = ['discovered', 'transferring', 'transferred', 'failed'];

export function handoffPhases(check: HandoffCheck, run: CheckRun): CheckPhase[] {
  const { endpoint } = check;
  return [
    { name: 'records', steps: (after) => checkRecords(check, run, after) },
    { name: 'holding', steps: (after) => checkHolding(check, run, after) },
    ...(endpoint
      ? [
          {
            name: 'endpoint',
            steps: (after?: string) => checkEndpoint({ ...check, endpoint }, run, after),
          },
        ]
      : []),
  ];
}

async function* checkRecords(
  check: HandoffCheck,
  run: CheckRun,
  from: string | undefined,
): AsyncGenerator<CheckStep> {
  for await (const { records, after, files } of recordsOf(check, from)) {
    await checkHeld(records.filter(isKept), check, run);
    await checkOpen(
      records.filter(({ state }) => OPEN.includes(state)),
      check,
      run,
    );
    yield { after, files };
  }
}

async function checkHeld(
  records: readonly FileRecord[],
  { work, holding, byChecksum }: HandoffCheck,
  run: CheckRun,
): Promise<void> {
  run.count('held', records.length);
  const paths = records.map((record) => record.held_as ?? pathOfRecord(record));
  const looks = await work.lookAt(holding, paths);
  const sums = byChecksum ? await work.checksums(holding, paths) : [];
  for (const [index, record] of records.entries()) {
    const path = paths[index] ?? '';
    const { version, code } = looks[index] ?? {};
    const sum = sums[index];
    const other = sum && 'checksum' in sum && record.checksum && sum.checksum !== record.checksum;
    if (code !== undefined) run.tell('unseen', path, code);
    else if (!version) run.tell('lost', path, 'held by its record, and not in the holding area');
    else if (version.size_bytes !== record.size_bytes) {
      run.tell('changed', path, `${version.size_bytes} bytes, ${record.size_bytes} on record`);
    } else if (other) run.tell('changed', path, 'other content than on record');
  }
}

/** Their files must be in the buffer, or on their way to the holding area. */
async function checkOpen(
  records: readonly FileRecord[],
  { work, buffer, holding }: HandoffCheck,
  run: CheckRun,
): Promise<void> {
  run.count('open', records.length);
  const paths = records.map(pathOfRecord);
  const inBuffer = await work.lookAt(buffer, paths);
  const gone = records.filter((_, index) => !inBuffer[index]?.version && !inBuffer[index]?.code);
  const inHolding = await work.lookAt(holding, gone.map(pathOfRecord));
  for (const [index, record] of gone.entries()) {
    if (inHolding[index]?.version || record.deleted_on) continue;
    const detail = `${record.state} by its record, and neither in the buffer nor held`;
    run.tell('vanished', pathOfRecord(record), detail);
  }
}

async function* checkHolding(
  check: HandoffCheck,
  run: CheckRun,
  from: string | undefined,
): AsyncGenerator<CheckStep> {
  const known = new Set<string>();
  for await (const { records } of recordsOf(check)) {
    for (const record of records) {
      // What is superseded may still be there, under the name that it was held as.
      if (record.held_on) known.add(record.held_as ?? pathOfRecord(record));
    }
  }
  for (const { directory, paths, fault } of walkInOrder(check.holding, from, isOwn)) {
    if (fault !== undefined) run.tell('unseen', directory, fault);
    const dark = paths.filter((path) => !known.has(path) && !check.isExcluded(path));
    for (let at = 0; at < dark.length; at += PAGE) {
      const some = dark.slice(at, at + PAGE);
      const looks = await check.work.lookAt(check.holding, some);
      for (const [index, path] of some.entries()) {
        const { version, code } = looks[index] ?? {};
        if (version) run.tell('dark', path, `${version.size_bytes} bytes, held by no record`);
        else if (code !== undefined) run.tell('unseen', path, code);
        else if (path.includes('\ufffd')) run.tell('unseen', path, 'its name is not UTF-8');
      }
    }
    yield { after: directory, files: paths.length };
  }
}

function isOwn(path: string): boolean {
  return OWN.test(path);
}
