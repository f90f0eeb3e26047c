// What a failed rsync means: whether the same call may succeed later, and what a person can do.
// Exit codes: rsync(1), "EXIT VALUES"; 255 and 127 come from the remote shell.

import { TreeSyncError } from './tree-sync.ts';

export interface RsyncExit {
  exitCode: number | undefined;
  signal: string | undefined;
  stderr: string;
  /** Where it was to copy from, for the message. */
  from: string;
}

interface Diagnosis {
  retriable: boolean;
  hint?: string;
}

/** Told by what rsync or ssh wrote; the first that matches counts. */
const byOutput: [RegExp, Diagnosis][] = [
  [
    /Failed to exec \S+: No such file/,
    { retriable: false, hint: 'the remote shell is missing; install ssh (openssh-client)' },
  ],
  [
    /rsync: (command )?not found|rsync: No such file/,
    { retriable: false, hint: 'install rsync on the other host' },
  ],
  [
    /Host key verification failed/,
    { retriable: false, hint: 'ssh does not know the host: connect once by hand to accept it' },
  ],
  [
    /Permission denied \((publickey|password|keyboard|gssapi|hostbased)/,
    { retriable: false, hint: 'ssh key refused: copy your key there with ssh-copy-id' },
  ],
  [
    /No space left on device|Disk quota exceeded|File too large/,
    { retriable: true, hint: 'make room' },
  ],
  [/Could not resolve hostname/, { retriable: true, hint: 'is the host name right?' }],
  [
    /Connection refused|Connection timed out|No route to host|Network is unreachable/,
    { retriable: true, hint: 'is the other host up, and its ssh server running?' },
  ],
  [/Permission denied/, { retriable: false, hint: 'may this user read there and write here?' }],
  [/No such file or directory/, { retriable: true, hint: 'not there at the source (yet?)' }],
];

/** ssh's own: no connection, or not let in. */
const SSH_FAILED = 255;
const SOMEBODY_MUST_MEND = new Set([1, 2, 3, 4, 6, 25, 126, 127]);

export function rsyncFailure(exit: RsyncExit): TreeSyncError {
  const lines = exit.stderr.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '');
  const { diagnosis, line } = diagnose(said);
  const { retriable, hint } = diagnosis ?? {
    retriable: exit.exitCode === undefined || !SOMEBODY_MUST_MEND.has(exit.exitCode),
  };
  const end = exit.signal === undefined ? `exit code ${exit.exitCode}` : `signal ${exit.signal}`;
  const reason = line === undefined ? end : `${line} (${end})`;
  return new TreeSyncError(`rsync of ${exit.from} failed: ${reason}`, {
    retriable,
    unreachable: exit.exitCode === SSH_FAILED,
    ...(hint !== undefined && { hint }),
  });
}

/**
 * What is known about the failure and the line that says it; else the last line that says more
 * than the exit code.
 */
function diagnose(said: string[]): { diagnosis?: Diagnosis; line: string | undefined } {
  for (const [pattern, diagnosis] of byOutput) {
    const line = said.findLast((each) => pattern.test(each));
    if (line !== undefined) return { diagnosis, line };
  }
  return { line: said.findLast((line) => !/^rsync error:/.test(line)) ?? said.at(-1) };
}
