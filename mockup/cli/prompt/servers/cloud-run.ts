// `prompt-proto cloud-run`: instances of the service on demand.

import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { InstanceProcess } from '../../../prompt/cloud-run/instance.ts';
import { runUntilStopped } from '../../actor/run-until-stopped.ts';
import { type CommandContext, examples } from '../../command.ts';
import { requireInteger } from '../../environment.ts';
import { UsageError } from '../../usage-error.ts';
import { promptPorts, tellAddress } from './prompt-ports.ts';
import { makeWorkDirectory, WORK_DIRECTORY } from './work-directories.ts';

interface Options {
  port: string;
  host: string;
  workers: string;
  concurrency: string;
  queue: string;
  timeout: string;
  idle: string;
  giveUp: string;
}

const PROGRAM = fileURLToPath(new URL('../../prompt-proto.mjs', import.meta.url));

export function define(command: Command, context: CommandContext): void {
  command
    .option('--port <port>', '0: any free one', '8080')
    .option('--host <address>', 'that it listens on', '127.0.0.1')
    .option('--workers <min..max>', 'instances', '0..16')
    .option('--concurrency <n>', 'requests that an instance takes at a time', '1')
    .option('--queue <n>', 'requests that may wait for an instance; more get 429', '1000')
    .option('--timeout <seconds>', 'for a request; then its instance is killed', '600')
    .option('--idle <seconds>', 'after which an instance ends', '120')
    .option('--give-up <seconds>', 'after which a visit that its worker left is over', '660')
    .addHelpText('after', '\nThe environment of the service: prompt-proto service --help')
    .addHelpText('after', examples('prompt-proto cloud-run --workers 2..16'))
    .action(async (options: Options) => {
      const { startCloudRun } = await import('../../../prompt/cloud-run/cloud-run.ts');
      const { readServiceSettings } = await import('../../../prompt/service/service-settings.ts');
      const { instrument, token } = readServiceSettings({ ...context.env, PORT: '0' });
      const { openKeeping } = await import('../visit-keeping.ts');
      const ports = promptPorts('cloud-run', context);
      const { clock, log } = ports;
      const integer = (text: string, name: string, low: number, high: number): number =>
        requireInteger(text, name, low, high);
      const exitCode = await runUntilStopped(async () => {
        const directory = makeWorkDirectory();
        const giveUp_s = integer(options.giveUp, '--give-up', 1, 86_400);
        const keeping = await openKeeping(ports, context, {
          ...{ instrument: instrument.name, token, giveUp_s, ...workers(options.workers) },
        });
        const run = await startCloudRun({
          ...{ clock, log, host: options.host, ...workers(options.workers) },
          port: integer(options.port, '--port', 0, 65_535),
          concurrency: integer(options.concurrency, '--concurrency', 1, 1000),
          queue: integer(options.queue, '--queue', 0, 100_000),
          requestLimit_s: integer(options.timeout, '--timeout', 1, 3600),
          idle_s: integer(options.idle, '--idle', 1, 86_400),
          start: (name) => startInstance(name, directory, context),
          onReceived: keeping.received,
          onLost: keeping.lost,
          onChange: keeping.counted,
        });
        tellAddress(context, run.url);
        return {
          stop: async () => {
            await run.close();
            await keeping.close();
            await rm(directory, { recursive: true, force: true });
          },
        };
      });
      context.exitWith(exitCode);
    });
}

function workers(text: string): { minimum: number; maximum: number } {
  const [, minimum, maximum] = /^(\d{1,4})\.\.(\d{1,4})$/.exec(text) ?? [];
  if (minimum !== undefined && Number(minimum) <= Number(maximum) && Number(maximum) > 0) {
    return { minimum: Number(minimum), maximum: Number(maximum) };
  }
  throw new UsageError(`--workers must be like 0..16, not ${JSON.stringify(text)}`);
}

/** The channel to the child is its lifeline too: it ends when this process dies. */
function startInstance(name: string, directory: string, context: CommandContext): InstanceProcess {
  const own = join(directory, name);
  mkdirSync(own);
  const child = spawn(process.execPath, [PROGRAM, 'service'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...context.env, PORT: '0', INSTANCE_NAME: name, [WORK_DIRECTORY]: own },
  });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    child.once('error', (error) => resolve(error.message));
  });
  const listening = new Promise<number>((resolve, reject) => {
    child.on('message', (message: { url?: unknown }) => {
      if (typeof message.url === 'string') resolve(Number(new URL(message.url).port));
    });
    void ended.then((how) => reject(new Error(`it ended before it listened: ${how}`)));
  });
  listening.catch(() => {});
  // However it ended, nobody needs any more what it worked with.
  void ended.then(() => rm(own, { recursive: true, force: true }).catch(() => {}));
  return {
    pid: child.pid ?? 0,
    listening,
    ended,
    stop: () => void child.kill('SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
  };
}
