// The ports of a program that needs no database: files, a clock, a log. What a database needs is not
// even loaded, because the Pipeline is started anew for each OUS.

import type { Executive } from '../../core/executives.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { createLocalFiles } from '../../platform/files/local-files.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { createSystemRandom } from '../../platform/random/system-random.ts';
import { type EnvironmentVariables, pace } from '../environment.ts';
import { createSiteClock } from './site-clock.ts';

export type OfflinePorts = Pick<
  ActorPorts,
  'site' | 'name' | 'clock' | 'random' | 'log' | 'files' | 'pace'
>;

export function createOfflinePorts(options: {
  name: string;
  site: Executive;
  env: EnvironmentVariables;
  log: Logger;
}): OfflinePorts {
  const { name, site, env, log } = options;
  return {
    ...{ site, name, log, pace: pace(env) },
    clock: createSiteClock(env),
    random: createSystemRandom(),
    files: createLocalFiles(),
  };
}
