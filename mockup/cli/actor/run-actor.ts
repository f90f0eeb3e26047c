// Runs one actor as this process: environment, live ports, start, work, drain, and release of all
// that was acquired, last first.

import { isatty } from 'node:tty';
import type { Executive } from '../../core/executives.ts';
import type { Actor, ActorFactory, ActorPorts } from '../../platform/actor/actor.ts';
import { createPinoLogger } from '../../platform/log/pino-logger.ts';
import { Releases } from '../../platform/process/releases.ts';
import type { CommandContext } from '../command.ts';
import { logLevel, site } from '../environment.ts';
import { followSettings, type Settings } from '../lifeline/settings.ts';
import { createPlainLog } from '../terminal/plain-log.ts';
import { UsageError } from '../usage-error.ts';
import { createLivePorts } from './live-ports.ts';
import { type Running, runUntilStopped } from './run-until-stopped.ts';

const STDERR_FD = 2;

export interface ActorRun<Options> {
  /** `xtss`, `torque-maui`, …; what others see. */
  name: string;
  create: ActorFactory<Options>;
  options: Options;
  /** Default: DRAWS_LOCATION, which must be set. */
  site?: Executive;
  /** It is of use there alone: its messages come to no other site. */
  only?: Executive;
  /** One-shot actors keep no heartbeat. */
  oneShot?: boolean;
  /** A person runs it once: problems are told as those of every command, not as log lines. */
  plain?: boolean;
  /** A person is asked: the log must not run into an open question. */
  interactive?: boolean;
  /** Told of pace and failure rate when somebody at the dashboard changed them. */
  onSettings?(settings: Settings): void;
  /** More that belongs to this process, started after the actor; its `stop` comes first. */
  alongside?(ports: ActorPorts): { stop(): Promise<void> };
}

/** Runs until the actor ends by itself or a signal ends the process; leaves the exit code. */
export async function runActor<Options>(
  run: ActorRun<Options>,
  context: CommandContext,
): Promise<void> {
  const here = run.site ?? site(context.env);
  if (run.only !== undefined && here !== run.only) {
    throw new UsageError(`${run.name} runs at ${run.only} alone, and DRAWS_LOCATION is ${here}`, {
      hint: `start it with DRAWS_LOCATION=${run.only}`,
    });
  }
  followSettings(run.onSettings);
  const person = run.interactive ? await askPerson() : undefined;
  const options = {
    name: run.name,
    level: logLevel(context.env),
    ...(person && { destination: person.logTo, pretty: isatty(STDERR_FD) }),
  };
  const log = run.plain
    ? createPlainLog(context)
    : createPinoLogger(options).child({ site: here });

  const exitCode = await runUntilStopped(async (stopping): Promise<Running> => {
    const releases = new Releases();
    const stop = () => releases.release();
    try {
      const ports = await createLivePorts({
        ...{ name: run.name, site: here, env: context.env, log, releases, stopping },
        console: person?.console ?? logConsole(log),
        heartbeat: !run.oneShot,
      });
      const actor = await run.create(ports, run.options);
      releases.add(() => actor.stop());
      const alongside = run.alongside?.(ports);
      if (alongside) releases.add(() => alongside.stop());
      if (!run.oneShot) log.info({ database: ports.databases.address }, 'running');
      tellParent(actor);
      return { stop, finished: actor.finished };
    } catch (error) {
      await stop();
      throw error;
    }
  });
  context.exitWith(exitCode);
}

/** `draws up` waits for this before it says that the line runs, and where the actor is shown. */
function tellParent(actor: Actor & { url?: string }): void {
  const { url } = actor;
  // The channel may be gone together with the parent.
  if (process.connected) process.send?.(url === undefined ? 'running' : { url }, () => {});
}

/** On a terminal log lines are shown above the question; elsewhere they are standard error's. */
async function askPerson() {
  const { createConsole } = await import('../../platform/console/create-console.ts');
  const console = createConsole({ input: process.stdin, output: process.stdout });
  const above = process.stdout.isTTY && process.stderr.isTTY;
  return { console, logTo: above ? console.above : ('stderr' as const) };
}

/** For actors without a person: what they would print goes to the log. */
function logConsole(log: ActorPorts['log']): ActorPorts['console'] {
  const nobody = async (): Promise<undefined> => undefined;
  return { print: (text) => log.info({}, text), chooseFrom: nobody, chooseKey: nobody };
}
