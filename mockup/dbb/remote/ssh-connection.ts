// One ssh connection that all commands to an endpoint share (ControlMaster): a handshake once
// instead of one per command. The master is a child whose input this process holds, so that it ends
// when this process dies, however that happens.

import { lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { CommandResult, CommandRunner, RunningCommand } from './command-runner.ts';
import { defaultOptions, sharingOptions, withOptions } from './ssh-options.ts';

export interface SshConnection {
  /** For `ssh`, `scp` and the `--rsh` of rsync. */
  readonly options: readonly string[];
  /** Connects where there is no connection; returns what ssh said where that fails. */
  ensure(): Promise<CommandResult | undefined>;
  close(): Promise<void>;
}

export interface SshConnectionOptions {
  commands: CommandRunner;
  clock: Clock;
  /** The `ssh …` command that runs `command` at the endpoint. */
  commandLine(command: string): string[];
  /** Tells one manager's sockets from another's. */
  name: string;
}

const CONNECT_LIMIT_MS = 60_000;
/** Names itself, and stays until its input is closed. */
const MASTER_COMMAND = 'echo hdfmgr-connected; exec cat >/dev/null';
/** Longest path of a Unix socket, less what ssh appends (`%C` is 40 digits, then a suffix of 17). */
const DIRECTORY_LENGTH_MAX = 104 - 41 - 17;

export function createSshConnection(options: SshConnectionOptions): SshConnection {
  const directory = controlDirectory(options.name);
  const sharing = sharingOptions(join(directory, '%C'));
  let master: RunningCommand | undefined;
  let connecting: Promise<CommandResult | undefined> | undefined;

  const connect = async (): Promise<CommandResult | undefined> => {
    const line = options.commandLine(MASTER_COMMAND);
    const path = `ControlPath=${join(directory, '%C')}`;
    const asMaster = ['-o', 'ControlMaster=yes', '-o', 'ControlPersist=no', '-o', path];
    // A socket that a killed master left behind would keep the new one from listening.
    emptyDirectory(directory);
    const started = options.commands.start(
      withOptions(line, [...asMaster, ...defaultOptions(line)]),
    );
    // A login that hangs (a start-up file that waits for something) must not hang all the rest.
    const cancel = options.clock.timer(CONNECT_LIMIT_MS, () => void started.stop());
    try {
      await started.said(/hdfmgr-connected/);
    } catch {
      return started.ended;
    } finally {
      cancel();
    }
    master = started;
    started.ended.then(() => {
      if (master === started) master = undefined;
    });
    return undefined;
  };
  return {
    options: sharing,
    ensure() {
      if (master) return Promise.resolve(undefined);
      connecting ??= connect().finally(() => {
        connecting = undefined;
      });
      return connecting;
    },
    async close() {
      await connecting;
      await master?.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A directory for sockets that nobody else can read, with a short path. */
function controlDirectory(name: string): string {
  const uid = process.getuid?.() ?? 0;
  const base = `hdfmgr-${uid}-${name}`;
  const directory = [tmpdir(), '/tmp']
    .map((parent) => join(parent, base))
    .find((path) => path.length <= DIRECTORY_LENGTH_MAX && !/\s/.test(path));
  if (!directory) {
    throw new AppError('no_socket_directory', `${tmpdir()} is too long a path for a socket`);
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stats = lstatSync(directory);
  if (!stats.isDirectory() || stats.uid !== uid || (stats.mode & 0o077) !== 0) {
    throw new AppError('no_socket_directory', `${directory} belongs to somebody else`, {
      hint: 'remove it, or set endpoint.shared_connection: false',
    });
  }
  return directory;
}

function emptyDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { force: true });
}
