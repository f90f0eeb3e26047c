// Who a process is, so that another one on the same machine can tell that it is gone and take
// over its work at once instead of waiting for a lease to end.

import { readFileSync, readlinkSync } from 'node:fs';

let known: string | undefined;

/**
 * The same for processes that see each other's pids: this boot of this machine, and the pid
 * namespace (containers have their own). '' where the system does not tell (not Linux).
 */
export function machineIdentity(): string {
  known ??= readIdentity();
  return known;
}

/** True only where that process surely no longer runs; false where this can't be known. */
export function isProcessGone(machine: string, pid: number): boolean {
  if (machine === '' || machine !== machineIdentity()) return false;
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return isZombie(pid);
}

function readIdentity(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/** Dead, though its parent has not taken note: its pid is still there. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // `pid (name) state …`; the name may hold anything, a closing parenthesis too.
    return /^\) [ZX]/.test(stat.slice(stat.lastIndexOf(')')));
  } catch {
    return false;
  }
}
