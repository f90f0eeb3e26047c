import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Client, clientOf } from './client.ts';

// A server process that a test kills and starts again on the same directory and port.

export class KillableSite {
  readonly #directory: string;
  #child: ChildProcess | undefined;
  url = '';

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async start(): Promise<KillableSite> {
    const site = new KillableSite(await mkdtemp(join(tmpdir(), 'replicator-killed-')));
    onTestFinished(async () => {
      await site.kill();
      await rm(site.#directory, { recursive: true, force: true });
    });
    await site.restart();
    return site;
  }

  get ask(): Client {
    return clientOf(this.url);
  }

  async restart(): Promise<void> {
    const port = this.url === '' ? '0' : new URL(this.url).port;
    const script = new URL('./server-process.ts', import.meta.url);
    const execArgv = ['--disable-warning=ExperimentalWarning'];
    this.#child = fork(script, [this.#directory, port], { execArgv });
    const [{ url }] = (await once(this.#child, 'message')) as [{ url: string }];
    this.url = url;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
}
