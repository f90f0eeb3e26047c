// The official emulator of Pub/Sub, where it is installed.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

export interface Emulator {
  address: string;
  close(): Promise<void>;
}

const START_LIMIT_MS = 60_000;

/** Undefined where it is not there. */
export async function startEmulator(): Promise<Emulator | undefined> {
  try {
    execFileSync('gcloud', ['--version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const address = `127.0.0.1:${await freePort()}`;
  const args = ['beta', 'emulators', 'pubsub', 'start', '--project=prompt-proto'];
  // A group of its own: gcloud starts a shell, which starts Java.
  const child = spawn('gcloud', [...args, `--host-port=${address}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    process.kill(-(child.pid as number), 'SIGTERM');
    await ended;
  };
  if (await started(child)) return { address, close };
  await close();
  return undefined;
}

async function started(child: ChildProcess): Promise<boolean> {
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  limit.addEventListener('abort', () => lines.close());
  for await (const line of lines) {
    if (!line.includes('listening on')) continue;
    child.stderr?.resume();
    return true;
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
