// `scripts/two-hosts`: what it needs, the two hosts, what is to happen on them, and their end.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runUntilStopped } from '../../mockup/cli/actor/run-until-stopped.ts';
import { describeError } from '../../mockup/core/errors.ts';
import { Releases } from '../../mockup/platform/process/releases.ts';
import { createTable, showDemonstration } from './demonstration.ts';
import { type DemonstrationOptions, parseOptions } from './options.ts';
import { Panes } from './panes.ts';
import { missingRequirements } from './requirements.ts';
import { TwoHosts } from './two-hosts.ts';

/** What cannot run here is no failure of the product: CI may look for this code. */
const MISSING_EXIT_CODE = 3;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  const missing = missingRequirements(options.tmux);
  if (missing.length > 0) {
    for (const line of missing) process.stderr.write(`two-hosts: ${line}\n`);
    return MISSING_EXIT_CODE;
  }
  if (options.faults) {
    const { runChaos } = await import('../chaos.d/chaos.ts');
    return runChaos({ ...options, where: 'hosts' });
  }
  return runUntilStopped((stopping) => demonstrate(options, stopping));
}

async function demonstrate(options: DemonstrationOptions, stopping: AbortSignal) {
  const releases = new Releases();
  const stop = () => releases.release();
  const directory = mkdtempSync(join(tmpdir(), 'draws-two-hosts-'));
  releases.add(() => {
    if (options.keep) process.stdout.write(`all is kept in ${directory}\n`);
    else rmSync(directory, { recursive: true, force: true });
  });
  const table = createTable();
  const say = (text: string) => table.say(text);
  try {
    const hosts = new TwoHosts({
      ...{ directory, keep: options.keep, say },
      ...{ pace: options.pace, failureRate: options.failureRate },
      onEvent: ({ name, reason, kind }) => say(`${name} ${reason} (${kind})`),
    });
    releases.add(() => hosts.stop());
    await hosts.start();
    stopping.throwIfAborted();
    await hosts.forwardPages();
    stopping.throwIfAborted();
    if (options.tmux) return { stop, finished: openPanes(hosts, releases, stopping) };
    await hosts.startActors(true);
    stopping.throwIfAborted();
    sayWhere(hosts, say);
    releases.add(() => table.close());
    const settings = { ...options, launch: true };
    const show = await showDemonstration(hosts, settings, { table, releases, stopping });
    if (!options.once) return { stop };
    const finished = show.finished.then(({ outcome, text }) => {
      say(text);
      return { exitCode: outcome === 'delivered' ? 0 : 1 };
    });
    return { stop, finished };
  } catch (error) {
    await stop();
    throw error;
  }
}

function sayWhere({ sites }: TwoHosts, say: (text: string) => void): void {
  for (const { plan, host, relayedUrl } of sites) {
    const url = new URL(relayedUrl);
    say(
      `${plan.name}: CouchDB also at http://${url.host}, enter it by ${host.enter.join(' ')} bash`,
    );
  }
}

/** Resolves when the person leaves; where there is no terminal, when a signal comes. */
async function openPanes(hosts: TwoHosts, releases: Releases, stopping: AbortSignal) {
  const panes = new Panes(hosts);
  releases.add(() => panes.close());
  await panes.open();
  if (!process.stdout.isTTY) {
    process.stdout.write(`tmux ${panes.attach.join(' ')}\n`);
    return new Promise<{ exitCode: number }>(() => {});
  }
  // Who is in a tmux already may open this one in it.
  const { TMUX, ...env } = process.env;
  const attached = spawn('tmux', panes.attach, { stdio: 'inherit', env });
  stopping.addEventListener('abort', () => void attached.kill());
  const exitCode = await new Promise<number>((resolve) => {
    attached.once('exit', (code) => resolve(code ?? 1));
  });
  return { exitCode };
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`two-hosts: ${describeError(error)}\n`);
  process.exitCode = (error as { code?: unknown }).code === 'bad_usage' ? 2 : 1;
}
