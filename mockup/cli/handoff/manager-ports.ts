// The live ports of a handoff manager: this machine's files and commands, the clock, its database.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchTree } from '../../dbb/files/watch-tree.ts';
import { remoteCommand } from '../../dbb/handoff/endpoint/endpoint-commands.ts';
import type { HandoffPorts } from '../../dbb/handoff/parts.ts';
import { createAppendLogs } from '../../dbb/holding/append-logs.ts';
import { createFileWork } from '../../dbb/holding/file-work-threads.ts';
import { createHeapKeeper } from '../../dbb/process/heap-keeper.ts';
import type { CommandRunner } from '../../dbb/remote/command-runner.ts';
import { createSshConnection, type SshConnection } from '../../dbb/remote/ssh-connection.ts';
import { createSystemCommands } from '../../dbb/remote/system-commands.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { createNanoServer } from '../../platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../platform/log/logger.ts';
import type { Releases } from '../../platform/process/releases.ts';
import { openRecords } from '../dbb/own-database/records.ts';
import type { Configured } from './configured.ts';

const COMMANDS_END_MS = 5000;

/** What is acquired is released with `releases`, also where this fails. */
export async function openManagerPorts(
  configured: Configured,
  basics: Pick<HandoffPorts, 'clock' | 'random' | 'log'>,
  releases: Releases,
): Promise<HandoffPorts> {
  const { configuration, state, spare, bufferId } = configured;
  const { clock, random, log } = basics;
  const records = await openRecords(configuration.database.engine, { log, isPatient: true });
  releases.add(records.close);
  const commands = createSystemCommands();
  releases.add(() => commands.close(COMMANDS_END_MS));
  const connection = connectionOf({ configuration, name: bufferId }, commands, clock);
  releases.add(() => connection?.close());
  const work = createFileWork();
  releases.add(() => work.close());
  const shared = { clock, random, log: silentLogger, giveUpAfter_ms: 0 };
  return {
    ...basics,
    databases: createNanoServer(records.url, shared),
    commands,
    work,
    watchTree,
    journals: createAppendLogs(
      join(state, 'journal'),
      join(spare, 'journal'),
      join(tmpdir(), `hdfmgr-${process.getuid?.() ?? 0}-${bufferId}-journal`),
    ),
    connection,
    keepHeapSmall: createHeapKeeper(),
  };
}

/** `name` tells its sockets from those of others. */
export function connectionOf(
  { configuration, name }: Pick<Configured, 'configuration'> & { name: string },
  commands: CommandRunner,
  clock: Clock,
): SshConnection | undefined {
  const { remote, usesSsh } = configuration.commands;
  if (!usesSsh || !configuration.endpoint.shared_connection) return undefined;
  return createSshConnection({
    commands,
    clock,
    commandLine: (command) => remoteCommand(remote, command),
    name,
  });
}
