// Where workers make their local repositories: a directory per process that owns it, named by machine and
// process. What a killed one left goes when the next one starts.

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isProcessGone, machineIdentity } from '../../../platform/process/machine-identity.ts';

/** For an instance of the service: the directory that whoever started it made, and removes. */
export const WORK_DIRECTORY = 'PROMPT_WORK_DIRECTORY';

const MACHINE = createHash('sha256').update(machineIdentity()).digest('hex').slice(0, 8);
const NAME = /^prompt-worker-([0-9a-f]{8})-(\d+)-/;

/** A new directory of this process; those of dead ones of this machine are removed. */
export function makeWorkDirectory(within = tmpdir()): string {
  removeLeft(within);
  return mkdtempSync(join(within, `prompt-worker-${MACHINE}-${process.pid}-`));
}

function removeLeft(within: string): void {
  for (const name of readdirSync(within)) {
    const [, machine, pid] = NAME.exec(name) ?? [];
    if (machine !== MACHINE || !isProcessGone(machineIdentity(), Number(pid))) continue;
    try {
      rmSync(join(within, name), { recursive: true, force: true });
    } catch {
      // Another user's: not ours to remove.
    }
  }
}
