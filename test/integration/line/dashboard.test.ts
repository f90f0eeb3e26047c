// The dashboards of a running line: each site's shows the demonstration to its end, and goes with
// the line, also while somebody looks.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  eventually,
  processesOf,
  type RunningLine,
  startLine,
  temporaryDirectory,
} from './running-line.ts';

const LIMIT_MS = 120_000;

let directory: ReturnType<typeof temporaryDirectory>;
let line: RunningLine | undefined;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(async () => {
  line?.kill('SIGINT');
  await line?.end;
  directory.remove();
});

/** Waits until a line of the dashboard's metrics is there. */
const says = (url: string, line: RegExp) =>
  eventually(`${line}`, LIMIT_MS / 2, async () => {
    const text = await (await fetch(`${url}metrics`)).text();
    return line.test(text) ? true : undefined;
  });

it('show the demonstration at each site', { timeout: LIMIT_MS }, async () => {
  line = startLine(['--data', directory.path, '--ous', '1', '--dashboard-port', '0']);
  const [, jao = ''] = await line.says(/JAO {2}CouchDB .* {2}dashboard (http:\S+)/);
  const [, eu = ''] = await line.says(/EU {3}CouchDB .* {2}dashboard (http:\S+)/);
  await line.says(/data in .*\n/);
  for (const url of [jao, eu]) {
    await says(url, /^draws_ouss\{state="Delivered"\} 1$/m);
    await says(url, /^draws_actor_up\{.*name="xtss"\} 1$/m);
    await says(url, /^draws_replication_up\{database="ngas",from="JAO",to="EU"\} 1$/m);
  }
  const page = new WebSocket(`${jao.replace('http', 'ws')}api/live`);
  await new Promise((resolve) => page.once('message', resolve));
  const closed = new Promise<number>((resolve) => page.once('close', resolve));
  line.kill('SIGINT');
  await line.end;
  expect(await closed).toBe(1001);
  expect(processesOf(directory.path)).toEqual([]);
});
