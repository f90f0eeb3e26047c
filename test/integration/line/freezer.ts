// Stops processes (SIGSTOP) beyond their lease while others of the same kind run beside them, and
// lets them go on (SIGCONT) once somebody else has ended what they had in flight.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { databaseNames } from '../../../mockup/core/databases.ts';
import { isClaimed, type MessageDocument } from '../../../mockup/platform/bus/message.ts';
import type { Feed } from '../../../mockup/platform/couch/database.ts';
import { connect } from './inspection.ts';
import type { Victim } from './killer.ts';
import { processesOf } from './running-line.ts';

export interface LineProcess {
  pid: number;
  command: string;
  environment: string;
}

/** Processes of a program at a site, by their command line and environment. */
export function running(directory: string, program: string, site?: string): LineProcess[] {
  return processesOf(directory).filter(
    ({ command, environment }) =>
      command.includes(`draws.mjs ${program} `) &&
      (site === undefined || environment.includes(`DRAWS_LOCATION=${site}\0`)),
  );
}

/** Another one like `first`: at the same site, with run directories that nobody else sees. */
export async function startBeside(
  directory: string,
  name: string,
  first: LineProcess,
): Promise<{ child: ChildProcess; runs: string }> {
  const runs = join(directory, `${name}-runs`);
  mkdirSync(runs);
  const pairs = first.environment.split('\0').map((line) => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)] as const;
  });
  const env = { ...Object.fromEntries(pairs.filter(([key]) => key)), DRAWS_RUNS: runs };
  const [program = '', ...args] = first.command.trim().split(' ');
  const port = args.indexOf('--port');
  if (port >= 0) args[port + 1] = '0';
  const log = openSync(join(directory, `${name}.log`), 'a');
  const child = spawn(program, args, { env, stdio: ['ignore', log, log, 'ipc'] });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', () => reject(new Error(`the second ${name} has ended`)));
  });
  return { child, runs };
}

export interface Freezer {
  /** Addresses of those whose message was ended by another process. */
  overtaken: Set<string>;
  stop(): Promise<void>;
}

/**
 * Stops each victim when it takes a message, and lets it go on when that message is over; again with
 * its next one, until another process has ended one.
 */
export function startFreezer(urls: readonly string[], victims: readonly Victim[]): Freezer {
  const overtaken = new Set<string>();
  const frozen = new Map<string, { victim: Victim; pid: number; instance: string }>();
  const letGo = (pid: number): void => {
    process.kill(pid, 'SIGCONT');
  };
  const look = (message: MessageDocument): void => {
    const { delivery } = message;
    const held = frozen.get(message._id);
    if (held && delivery && !isClaimed(message)) {
      frozen.delete(message._id);
      if (delivery.holder.instance !== held.instance) overtaken.add(held.victim.address);
      letGo(held.pid);
      return;
    }
    if (held || !delivery || !isClaimed(message)) return;
    const { pid, instance } = delivery.holder;
    for (const victim of victims) {
      if (overtaken.has(victim.address) || !victim.isAtWork(message)) continue;
      if ([...frozen.values()].some((other) => other.victim === victim)) continue;
      frozen.set(message._id, { victim, pid, instance });
      process.kill(pid, 'SIGSTOP');
    }
  };
  const feeds: Feed[] = urls.map((url) =>
    connect(url)
      .open(databaseNames.messages)
      .follow({
        since: 'now',
        includeDocs: true,
        onChanges: (changes) => {
          for (const { doc } of changes) if (doc) look(doc as unknown as MessageDocument);
        },
      }),
  );
  return {
    overtaken,
    stop: async () => {
      await Promise.all(feeds.map((feed) => feed.stop()));
      for (const { pid } of frozen.values()) letGo(pid);
    },
  };
}
