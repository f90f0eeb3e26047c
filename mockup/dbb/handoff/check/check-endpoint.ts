// Whether the endpoint has what the records call held: in its buffer, or where its own manager keeps
// files (`endpoint.storage`). Without that a file that is no longer in the buffer there is only counted.

import type { FileRecord } from '../../../core/dbb/file-record.ts';
import { quoteForShell } from '../../../platform/process/shell-quoting.ts';
import type { CheckRun, CheckStep } from '../../records/check-run.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { COMMAND_LENGTH_MAX } from '../endpoint/remote-scripts.ts';
import type { HandoffCheck } from './check-handoff.ts';
import { isKept, pathOfRecord, recordsOf } from './manager-records.ts';

export type ProofOptions = Pick<HandoffCheck, 'byChecksum'> & { endpoint: Endpoint };

/** `taken`: no longer in the buffer there, and where it went is not known. */
export type Proof = 'there' | 'lost-there' | 'changed-there' | 'unseen-there' | 'taken';

const TOLD: Readonly<Record<Exclude<Proof, 'there' | 'taken'>, string>> = {
  'lost-there': 'held, and the endpoint does not have it',
  'changed-there': 'held, and the endpoint has other content under its name',
  'unseen-there': 'held, and what the endpoint has can’t be looked at',
};

export async function* checkEndpoint(
  check: HandoffCheck & ProofOptions,
  run: CheckRun,
  from: string | undefined,
): AsyncGenerator<CheckStep> {
  for await (const { records, after, files } of recordsOf(check, from)) {
    const held = records.filter(isKept);
    const proofs = await proveThere(held, check);
    for (const [index, record] of held.entries()) {
      const proof = proofs[index] ?? 'unseen-there';
      if (proof === 'there' || proof === 'taken') run.count(proof);
      else run.tell(proof, pathOfRecord(record), TOLD[proof]);
    }
    yield { after, files };
  }
}

/** One proof per record. Throws EndpointError where the endpoint does not answer. */
export async function proveThere(
  records: readonly FileRecord[],
  options: ProofOptions,
): Promise<Proof[]> {
  const { storage } = options.endpoint;
  const inBuffer = await judge('buffer', records, options);
  const proofs = new Map(
    records.map((record, index) => [record, inBuffer[index] ?? 'unseen-there']),
  );
  const away = records.filter((record) => proofs.get(record) === 'lost-there');
  const inStorage = storage === undefined ? [] : await judge('storage', away, options);
  for (const [index, record] of away.entries()) {
    proofs.set(record, storage === undefined ? 'taken' : (inStorage[index] ?? 'unseen-there'));
  }
  return records.map((record) => proofs.get(record) ?? 'unseen-there');
}

async function judge(
  place: 'buffer' | 'storage',
  records: readonly FileRecord[],
  { endpoint, byChecksum }: ProofOptions,
): Promise<Proof[]> {
  const proofs: Proof[] = [];
  for (const group of groupsOf(records)) {
    const found = await endpoint.inspect(
      place,
      byChecksum ? 'checksum' : 'size',
      group.map(pathOfRecord),
    );
    for (const [index, record] of group.entries()) {
      const value = found[index] ?? '?';
      const expected = byChecksum ? record.checksum : String(record.size_bytes);
      if (value === '-') proofs.push('lost-there');
      else if (value === '?' || expected === null) proofs.push('unseen-there');
      else proofs.push(value === expected ? 'there' : 'changed-there');
    }
  }
  return proofs;
}

/** As many as one command can name. */
function* groupsOf(records: readonly FileRecord[]): Generator<FileRecord[]> {
  let group: FileRecord[] = [];
  let cost = 0;
  for (const record of records) {
    const more = Buffer.byteLength(quoteForShell(pathOfRecord(record))) + 1;
    if (cost + more > COMMAND_LENGTH_MAX * 0.9 && group.length > 0) {
      yield group;
      group = [];
      cost = 0;
    }
    group.push(record);
    cost += more;
  }
  if (group.length > 0) yield group;
}
