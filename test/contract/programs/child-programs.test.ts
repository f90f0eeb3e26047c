import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalFiles } from '../../../mockup/platform/files/local-files.ts';
import { type Logger, silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createChildPrograms } from '../../../mockup/platform/process/child-programs.ts';
import { programsContract } from './programs-contract.ts';

const probe = join(import.meta.dirname, 'probe.ts');

programsContract('child processes', async () => {
  const root = await mkdtemp(join(tmpdir(), 'draws-programs-'));
  const { promise, resolve } = Promise.withResolvers<void>();
  const log: Logger = {
    ...silentLogger,
    child: () => log,
    info: (_fields, line) => {
      if (line === 'ready') resolve();
    },
  };
  const programs = createChildPrograms({
    env: process.env,
    command: (program) =>
      program === 'probe'
        ? { file: process.execPath, args: [probe] }
        : { file: join(root, program), args: [] },
    log,
    stopLimit_ms: 200,
  });
  return {
    programs,
    files: createLocalFiles(),
    root,
    ready: () => promise,
    dispose: () => rm(root, { recursive: true, force: true }),
  };
});
