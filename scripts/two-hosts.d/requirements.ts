// What two hosts on one machine need of it. Where something is missing, that is said instead of
// failing half way.

import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

interface Program {
  name: string;
  /** The Debian package that brings it. */
  package: string;
}

const programs: readonly Program[] = [
  { name: 'unshare', package: 'util-linux' },
  { name: 'nsenter', package: 'util-linux' },
  { name: 'mount', package: 'mount' },
  { name: 'hostname', package: 'hostname' },
  { name: 'ip', package: 'iproute2' },
  { name: 'sshd', package: 'openssh-server' },
  { name: 'ssh', package: 'openssh-client' },
  { name: 'ssh-keygen', package: 'openssh-client' },
  { name: 'rsync', package: 'rsync' },
];

const SYSTEM_DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** What is missing, one line each with what to do; nothing: an empty list. */
export function missingRequirements(needsTmux: boolean): string[] {
  if (process.platform !== 'linux') return ['network namespaces are Linux only'];
  const wanted = needsTmux ? [...programs, { name: 'tmux', package: 'tmux' }] : programs;
  const missing = wanted.filter(({ name }) => programPath(name) === undefined);
  const lines = missing.map(
    (program) => `${program.name} is missing: apt-get install ${program.package}`,
  );
  if (process.getuid?.() !== 0) lines.push('network namespaces need root: run it as root');
  else if (lines.length === 0) lines.push(...namespaceProblem());
  return lines;
}

/** Where a program is, also in directories that a user's PATH may leave out. */
export function programPath(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_DIRECTORIES];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Root in a container may not be allowed to. */
function namespaceProblem(): string[] {
  try {
    const make = ['--net', '--mount', '--uts', '--pid', '--fork', '--mount-proc'];
    const probe = 'ip link add one type veth peer name two && mount -t tmpfs tmpfs /run';
    execFileSync('unshare', [...make, 'sh', '-c', probe], { stdio: 'pipe' });
    return [];
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    const said = stderr?.toString().trim().split('\n').at(-1) ?? String(error);
    return [`namespaces, veth or mounts are not allowed here: ${said}`];
  }
}
