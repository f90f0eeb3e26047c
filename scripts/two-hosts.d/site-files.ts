// What each host has of its own in `/etc`: the names of both, ssh keys, and the configuration of
// ssh and its daemon. jao-host may log in at arc-host by key, as the instructions set it up.

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, type HostPlan, type Plan, SSH_USER } from './host-plan.ts';

export function writeSiteFiles(plan: Plan): void {
  const { jao, arc } = plan;
  for (const host of [jao, arc]) {
    mkdirSync(join(host.directory, 'etc/ssh'), { recursive: true });
    mkdirSync(join(host.directory, 'logs'), { recursive: true });
    mkdirSync(join(cacheDirectory(host), 'weblogs'), { recursive: true });
    writeFileSync(join(host.directory, 'etc/hosts'), hostsFile(plan));
    const ssh = join(host.directory, 'etc/ssh');
    makeKey(join(ssh, 'ssh_host_ed25519_key'), host.name);
    writeFileSync(join(ssh, 'ssh_config'), sshConfig);
    writeFileSync(join(ssh, 'sshd_config'), sshdConfig(host));
    writeFileSync(join(ssh, 'authorized_keys'), '', { mode: 0o600 });
  }
  makeKey(join(jao.directory, 'etc/ssh/id_ed25519'), `${SSH_USER}@${jao.name}`);
  allowLogin(plan);
  const hostKey = readFileSync(join(arc.directory, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8');
  writeFileSync(join(jao.directory, 'etc/ssh/known_hosts'), `${arc.name} ${hostKey}`);
}

/** What `ssh-copy-id` does. */
export function allowLogin({ jao, arc }: Plan): void {
  const key = readFileSync(join(jao.directory, 'etc/ssh/id_ed25519.pub'), 'utf8');
  appendFileSync(join(arc.directory, 'etc/ssh/authorized_keys'), key);
}

export function refuseLogin({ arc }: Plan): void {
  writeFileSync(join(arc.directory, 'etc/ssh/authorized_keys'), '');
}

export function sshDaemon(): string[] {
  return ['/usr/sbin/sshd', '-D', '-e', '-f', '/etc/ssh/sshd_config'];
}

function hostsFile({ jao, arc }: Plan): string {
  const lines = [jao, arc].map(({ address, name }) => `${address} ${name}\n`);
  return `127.0.0.1 localhost\n::1 localhost\n${lines.join('')}`;
}

function makeKey(path: string, comment: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path]);
}

const sshConfig = `Host *
  IdentityFile /etc/ssh/id_ed25519
  UserKnownHostsFile /etc/ssh/known_hosts
  StrictHostKeyChecking yes
`;

function sshdConfig({ address }: HostPlan): string {
  return `Port 22
ListenAddress ${address}
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
PidFile none
MaxStartups 100
`;
}
