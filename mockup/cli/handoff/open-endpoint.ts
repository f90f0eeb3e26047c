// The endpoint of a configuration for a command that only looks. It has a connection of its own, beside
// that of a manager that runs.

import { Endpoint } from '../../dbb/handoff/endpoint/endpoint.ts';
import { createSystemCommands } from '../../dbb/remote/system-commands.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import type { Releases } from '../../platform/process/releases.ts';
import type { Configured } from './configured.ts';
import { connectionOf } from './manager-ports.ts';

const COMMANDS_END_MS = 1000;

export async function openEndpoint(configured: Configured, releases: Releases): Promise<Endpoint> {
  const { configuration, bufferId } = configured;
  const commands = createSystemCommands();
  releases.add(() => commands.close(COMMANDS_END_MS));
  const name = `${bufferId}-${process.pid}`;
  const connection = connectionOf({ configuration, name }, commands, createSystemClock());
  releases.add(() => connection?.close());
  await connection?.ensure();
  return new Endpoint({ configuration, commands, connection, managerId: bufferId });
}
