// Child programs as processes of the simulated world. They die with their parent.

import { AppError } from '../../core/errors.ts';
import type { Programs } from '../../platform/process/programs.ts';
import type { RunningProcess } from './launch.ts';
import type { WorldContext } from './world-context.ts';

const LAST_LINES = 20;

export function createSimulatedPrograms(world: WorldContext, parent: RunningProcess): Programs {
  return {
    async run(program, args, { env = {}, directory, signal } = {}) {
      signal?.throwIfAborted();
      const start = world.programs[program];
      if (!start) throw new AppError('program_not_started', `there is no program ${program}`);
      const { host } = parent;
      const childEnv = { ...parent.env, ...env };
      if (directory !== undefined) host.tree.makeDirectory(directory);
      const child = world.spawn({
        name: program,
        host,
        start: (ports) => start(ports, { args, env: childEnv, directory }),
        heartbeat: false,
        env: childEnv,
      });
      const forget = parent.gate.onEnd(() => child.kill());
      const stop = (): void => void child.stop();
      signal?.addEventListener('abort', stop, { once: true });
      const end = await child.ended;
      forget();
      signal?.removeEventListener('abort', stop);
      const lines = world.log.lastLines(LAST_LINES, `${program}@${host.executive}`);
      return { ...end, lastLines: lines };
    },
  };
}
