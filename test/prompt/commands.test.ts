// Commands of `prompt-proto` as processes: fan-out and presence beside the servers they work with,
// what `visits` says where there is nothing to tell, and what killed workers leave on the disk.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const cli = join(import.meta.dirname, '../../mockup/cli/prompt-proto.mjs');
const patient = { timeout: 100_000 };
const TOKEN = 'token';

let directory: string;
let couch: CouchServer;
let env: Record<string, string>;
const children: ChildProcess[] = [];

interface Running {
  child: ChildProcess;
  output(): string;
}

function start(args: string[], more: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  return { child, output: () => text };
}

async function says({ child, output }: Running, pattern: RegExp): Promise<string> {
  const end = performance.now() + patient.timeout;
  for (;;) {
    const found = pattern.exec(output());
    if (found) return found[1] ?? '';
    const isOver = child.exitCode !== null || performance.now() > end;
    if (isOver) throw new Error(`it never said ${pattern}: ${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function run(...args: string[]): Promise<{ code: number | null; text: string }> {
  const { child, output } = start(args);
  await once(child, 'close');
  return { code: child.exitCode, text: output() };
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'prompt-commands-'));
  couch = await startCouchServer();
  env = {
    COUCHDB_URL: couch.url,
    METADATA_SERVER_DETECTION: 'none',
    TMPDIR: directory,
    NO_COLOR: '1',
  };
  const pubsub = start(['pubsub', '--port', '0']);
  const data = join(directory, 'storage');
  const storage = start(['storage', '--port', '0', '--data', data], {
    PUBSUB_EMULATOR_HOST: await says(pubsub, /listening on http:\/\/(\S+)/),
  });
  env.PUBSUB_EMULATOR_HOST = await says(pubsub, /listening on http:\/\/(\S+)/);
  env.STORAGE_EMULATOR_HOST = await says(storage, /listening on (\S+)/);
});

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  await couch.close();
  rmSync(directory, { recursive: true, force: true });
});

const rest = async (
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> => {
  const url = `http://${env.PUBSUB_EMULATOR_HOST}/v1/projects/prompt-proto/${path}`;
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body ?? {}) });
  expect(answer.ok, await answer.clone().text()).toBe(true);
  return answer.json() as Promise<Record<string, unknown>>;
};

it('visits says that there are none, and ends where no database answers', async () => {
  expect(await run('visits')).toEqual({ code: 0, text: 'no visits yet\n' });
  const before = env.COUCHDB_URL as string;
  env.COUCHDB_URL = 'http://127.0.0.1:9';
  const away = await run('visits');
  env.COUCHDB_URL = before;
  expect(away.code).toBe(1);
  expect(away.text).toMatch(/127\.0\.0\.1:9/);
});

it('fan-out announces each detector of the table for one pointing', async () => {
  await rest('PUT', 'topics/nextVisit-pointing');
  await rest('PUT', 'topics/nextVisit');
  const topic = 'projects/prompt-proto/topics/nextVisit';
  await rest('PUT', 'subscriptions/mine-sub', { topic });
  const table = join(directory, 'detectors.yaml');
  writeFileSync(table, 'LSSTComCam: [0..2, 8]\n');
  const fanOut = start(['fan-out', '--detectors', table]);
  await says(fanOut, /following nextVisit-pointing/);
  const pointing = {
    ...{ salIndex: 2, scriptSalIndex: 7, groupId: '2026112800011', coordinateSystem: 2 },
    ...{ position: [12.5, -30.25], startTime: 1_764_300_000, rotationSystem: 2, cameraAngle: 45 },
    ...{ filters: 'r', dome: 2, duration: 35, nimages: 2, instrument: 'LSSTComCam' },
    ...{ survey: 'SURVEY', totalCheckpoints: 1, private_sndStamp: 1 },
  };
  const data = Buffer.from(JSON.stringify(pointing)).toString('base64');
  const detectors = new Set<number>();
  // Its subscription may be made after the first message.
  await expect
    .poll(async () => {
      if (detectors.size === 0) {
        await rest('POST', 'topics/nextVisit-pointing:publish', { messages: [{ data }] });
      }
      const pulled = await rest('POST', 'subscriptions/mine-sub:pull', {
        maxMessages: 100,
        returnImmediately: true,
      });
      for (const { message } of (pulled.receivedMessages ?? []) as {
        message: { data: string };
      }[]) {
        detectors.add(JSON.parse(Buffer.from(message.data, 'base64').toString()).detector);
      }
      return [...detectors].sort((a, b) => a - b);
    }, patient)
    .toEqual([0, 1, 2, 8]);
  fanOut.child.kill('SIGTERM');
  await once(fanOut.child, 'exit');
  expect(fanOut.child.signalCode, fanOut.output()).toBe('SIGTERM');
});

it('presence tells whether an image is in the bucket', async () => {
  const bucket = 'rubin-prompt-proto-main';
  const storage = env.STORAGE_EMULATOR_HOST as string;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ name: bucket });
  await fetch(`${storage}/storage/v1/b?project=prompt-proto`, { method: 'POST', headers, body });
  const presence = start(['presence', '--port', '0', '--bucket', bucket]);
  const base = await says(presence, /listening on (\S+)/);
  const ask = async (path: string) => (await fetch(`${base}/${path}`)).json();
  const group = '2026112800011';
  expect(await ask(`LATISS/${group}/0/0`)).toMatchObject({ present: false, error: false });
  const object = `LATISS/0/${group}/0/e1/r/LATISS-${group}-0-e1-r-0.fz`;
  const upload = `${storage}/upload/storage/v1/b/${bucket}/o?uploadType=media`;
  const url = `${upload}&name=${encodeURIComponent(object)}`;
  expect((await fetch(url, { method: 'POST', body: 'Test' })).ok).toBe(true);
  expect(await ask(`LATISS/${group}/0/0`)).toMatchObject({
    present: true,
    uri: `gs://${bucket}/${object}`,
  });
  presence.child.kill('SIGTERM');
  await once(presence.child, 'exit');
  expect(presence.child.signalCode, presence.output()).toBe('SIGTERM');
});

it('a cloud-run that was killed leaves nothing once the next one has started', async () => {
  const service = {
    ...{ RUBIN_INSTRUMENT: 'LATISS', PUBSUB_VERIFICATION_TOKEN: TOKEN, IMAGE_BUCKET: 'b' },
    ...{ CALIB_REPO: directory, APDB_URL: 'postgresql://postgres@127.0.0.1:9/postgres' },
  };
  const left = () => readdirSync(directory).filter((name) => name.startsWith('prompt-worker-'));
  const cloudRun = () => start(['cloud-run', '--port', '0', '--workers', '1..1'], service);
  const first = cloudRun();
  await says(first, /listening on (\S+)/);
  await expect.poll(() => left().length, patient).toBe(1);
  const [old = ''] = left();
  await expect.poll(() => readdirSync(join(directory, old)), patient).toEqual(['instance-1']);
  const ended = once(first.child, 'exit');
  first.child.kill('SIGKILL');
  await ended;
  const second = cloudRun();
  await says(second, /listening on (\S+)/);
  expect(left()).not.toContain(old);
  second.child.kill('SIGTERM');
  await once(second.child, 'exit');
  expect(left()).toEqual([]);
});
