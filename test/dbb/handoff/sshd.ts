// A real ssh server on loopback, with keys made for the test and a configuration of its own.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';

export interface Sshd {
  /** For `ssh -F`; the host is called `endpoint`. */
  clientConfiguration: string;
  readonly pid: number;
  readonly port: number;
  /** How many times somebody has logged in. */
  connections(): number;
  /** Ends the listener and every session, as a crash of the machine would. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const SSHD = '/usr/sbin/sshd';
const NEEDED: readonly (readonly [string, string])[] = [
  [SSHD, 'openssh-server'],
  ['/usr/bin/ssh', 'openssh-client'],
  ['/usr/bin/rsync', 'rsync'],
  ['/usr/bin/ssh-keygen', 'openssh-client'],
];

export async function startSshd(directory: string): Promise<Sshd> {
  for (const [program, debianPackage] of NEEDED) {
    if (!existsSync(program)) {
      throw new Error(`${program} is missing: apt-get install ${debianPackage}`);
    }
  }
  mkdirSync(join(directory, 'home'), { recursive: true });
  const port = await freePort();
  for (const name of ['host-key', 'key']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, name)]);
  }
  const { uid, username } = userInfo();
  // Where sshd separates privileges (started by root) it insists on this directory.
  if (uid === 0) mkdirSync('/run/sshd', { recursive: true });
  execFileSync('cp', [join(directory, 'key.pub'), join(directory, 'authorized_keys')]);
  const serverConfiguration = join(directory, 'sshd_config');
  writeFileSync(serverConfiguration, serverLines(directory, port));
  const clientConfiguration = join(directory, 'ssh_config');
  writeFileSync(clientConfiguration, clientLines(directory, port, username));

  let child: ChildProcess | undefined;
  let said = '';
  const start = async (): Promise<void> => {
    child = spawn(SSHD, ['-D', '-e', '-f', serverConfiguration], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    child.stderr?.on('data', (text) => {
      said += text;
    });
    await untilListening(port, child, () => said);
  };
  const kill = async (): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending?.pid === undefined || ending.exitCode !== null) return;
    const gone = once(ending, 'exit');
    for (const pid of [...descendants(ending.pid), ending.pid]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    await gone;
  };
  await start();
  return {
    clientConfiguration,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    connections: () => said.split('Accepted publickey').length - 1,
    kill,
    start,
    stop: kill,
  };
}

/** All processes below one, the deepest first. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const parent = parentOf(name);
    if (parent === undefined) continue;
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (of: number): number[] =>
    (children.get(of) ?? []).flatMap((child) => [...below(child), child]);
  return below(pid);
}

function parentOf(pid: string): number | undefined {
  if (!/^\d+$/.test(pid)) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function untilListening(
  port: number,
  child: ChildProcess,
  said: () => string,
): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${said()}`);
    const socket = connect(port, '127.0.0.1');
    const opened = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (opened) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`sshd does not listen: ${said()}`);
}

function serverLines(directory: string, port: number): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(directory, 'host-key')}`,
    `PidFile ${join(directory, 'pid')}`,
    `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    'MaxStartups 100',
    'LogLevel VERBOSE',
    // What this user's own start-up files do is no part of a test.
    `SetEnv HOME=${join(directory, 'home')} SHLVL=2`,
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n');
}

function clientLines(directory: string, port: number, user: string): string {
  return [
    'Host endpoint',
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    `  User ${user}`,
    `  IdentityFile ${join(directory, 'key')}`,
    `  UserKnownHostsFile ${join(directory, 'known_hosts')}`,
    '  StrictHostKeyChecking no',
    '  IdentitiesOnly yes',
    '  LogLevel ERROR',
    '',
  ].join('\n');
}
