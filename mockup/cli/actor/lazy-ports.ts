// Adapters that are loaded at their first use.

import type { ActorPorts } from '../../platform/actor/actor.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { EnvironmentVariables } from '../environment.ts';
import { programCommand } from '../own-command.ts';

export function lazyTreeSync(log: Logger): ActorPorts['treeSync'] {
  const load = once(async () => {
    const { createRsyncTreeSync } = await import('../../platform/files/rsync-tree-sync.ts');
    return createRsyncTreeSync({ log });
  });
  return {
    pull: async (source, name, directory, signal) =>
      (await load()).pull(source, name, directory, signal),
  };
}

export function lazyPrograms(log: Logger, env: EnvironmentVariables): ActorPorts['programs'] {
  const load = once(async () => {
    const { createChildPrograms } = await import('../../platform/process/child-programs.ts');
    return createChildPrograms({ log, env, command: (program) => programCommand(program, env) });
  });
  return { run: async (program, args, options) => (await load()).run(program, args, options) };
}

export function lazySites(): ActorPorts['sites'] {
  const load = once(async () => {
    const { createDirectorySites } = await import('../../platform/http/directory-site.ts');
    return createDirectorySites();
  });
  return { serve: async (directory, options) => (await load()).serve(directory, options) };
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}
