// Runs one program that needs no database as this process, until it ends or is asked to.

import type { Executive } from '../../core/executives.ts';
import type { Actor } from '../../platform/actor/actor.ts';
import { createPinoLogger } from '../../platform/log/pino-logger.ts';
import type { CommandContext } from '../command.ts';
import { logLevel } from '../environment.ts';
import { createOfflinePorts, type OfflinePorts } from './offline-ports.ts';
import { runUntilStopped } from './run-until-stopped.ts';

export interface OfflineRun<Options> {
  name: string;
  site: Executive;
  create(ports: OfflinePorts, options: Options): Promise<Actor>;
  options: Options;
}

export async function runOffline<Options>(
  { name, site, create, options }: OfflineRun<Options>,
  context: CommandContext,
): Promise<void> {
  const { env } = context;
  const log = createPinoLogger({ name, level: logLevel(env) }).child({ site });
  const ports = createOfflinePorts({ name, site, env, log });
  const exitCode = await runUntilStopped(async () => {
    const actor = await create(ports, options);
    return { stop: () => actor.stop(), finished: actor.finished };
  });
  context.exitWith(exitCode);
}
