// Starts the embedded server for a benchmark on a directory that goes away afterwards.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Usage {
  /** Resident bytes. */
  readonly rss: number;
  readonly cpu_ms: number;
}

export interface EmbeddedServer {
  readonly url: string;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

export async function startEmbeddedServer(): Promise<EmbeddedServer> {
  const directory = await mkdtemp(join(tmpdir(), 'draws-bench-'));
  const script = new URL('./server-process.ts', import.meta.url);
  // As `draws` does it: with the compiled code at hand, memory is what the server needs.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'draws-bench-compile-cache') };
  const execArgv = ['--disable-warning=ExperimentalWarning'];
  const child = fork(script, [directory], { execArgv, env });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return {
    url,
    usage: async () => {
      child.send('usage');
      const [usage] = (await once(child, 'message')) as [Usage];
      return usage;
    },
    stop: async () => {
      const exited = once(child, 'exit');
      child.send('stop');
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
