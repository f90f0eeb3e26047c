// `draws couchdb` as a process of its own.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../mockup/cli/draws.mjs', import.meta.url));

export interface ServerProcess {
  url: string;
  kill(): Promise<void>;
}

export async function startServerProcess(directory: string): Promise<ServerProcess> {
  const args = ['couchdb', '--port', '0', '--data', directory];
  const child = fork(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const [told] = await Promise.race([once(child, 'message'), ended]);
  const url = (told as { url?: string } | null)?.url;
  if (!url) throw new Error('draws couchdb ended at once');
  return {
    url,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
