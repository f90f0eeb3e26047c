// A visit of LSSTCam: 205 workers wait, each with its own subscription; 410 images come. How long
// after an image is in the bucket its worker knows.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { instrumentNamed } from '../../../mockup/core/prompt/instruments.ts';
import type { Visit } from '../../../mockup/core/prompt/visit.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { imageOf, makeGroup } from '../../../mockup/prompt/tester/night.ts';
import type { WorkersMessage } from './waiting-workers.ts';

export interface CameraVisit {
  /** Of each visit: from its last image in the bucket to the last worker told. */
  last_ms: number[];
  /** Of each image: from the bucket's answer to its worker being told. */
  each_ms: number[];
  workers: number;
  bytesPerWorker: number;
}

const VISITS = 5;
const UPLOADS_AT_A_TIME = 16;
const BUCKET = 'rubin-prompt-proto-main';

export async function cameraVisits(env: Record<string, string>): Promise<CameraVisit> {
  const camera = instrumentNamed('LSSTCam');
  const random = createSeededRandom('bench');
  const result: CameraVisit = { last_ms: [], each_ms: [], workers: 205, bytesPerWorker: 0 };
  const agent = new Agent({ connections: UPLOADS_AT_A_TIME });
  const workers = fork(join(import.meta.dirname, 'waiting-workers.ts'), {
    env: { ...process.env, ...env },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  try {
    for (let n = 0; n < VISITS; n++) {
      const { visits } = makeGroup(camera, 2026112800000 + n * 11, random);
      const ready = await tellAndWait(workers, { visits }, 'ready');
      if (n === 0) {
        result.bytesPerWorker = (ready.after_bytes - ready.before_bytes) / visits.length;
      }
      await oneVisit(workers, visits, (name) => put(agent, env, name), result);
      await tellAndWait(workers, { end: true }, 'ended');
    }
    return result;
  } finally {
    workers.kill();
    await agent.destroy();
  }
}

async function oneVisit(
  workers: ChildProcess,
  visits: readonly Visit[],
  upload: (name: string) => Promise<void>,
  result: CameraVisit,
): Promise<void> {
  const stored = new Map<string, number>();
  const told = new Map<string, number>();
  const expected = visits.reduce((sum, { snaps }) => sum + snaps, 0);
  const allTold = new Promise<void>((resolve) => {
    const onMessage = (message: WorkersMessage): void => {
      if (message.kind !== 'told') return;
      told.set(`${message.detector}/${message.snap}`, message.at_ms);
      if (told.size < expected) return;
      workers.off('message', onMessage);
      resolve();
    };
    workers.on('message', onMessage);
  });
  for (let snap = 0; snap < (visits[0]?.snaps ?? 0); snap++) {
    const queue = visits.values();
    const uploader = async (): Promise<void> => {
      for (const visit of queue) {
        await upload(imageOf(visit, snap));
        stored.set(`${visit.detector}/${snap}`, Date.now());
      }
    };
    await Promise.all(Array.from({ length: UPLOADS_AT_A_TIME }, uploader));
  }
  await allTold;
  result.last_ms.push(Math.max(...told.values()) - Math.max(...stored.values()));
  for (const [key, at_ms] of told) {
    result.each_ms.push(Math.max(0, at_ms - (stored.get(key) ?? at_ms)));
  }
}

async function put(agent: Agent, env: Record<string, string>, name: string): Promise<void> {
  const path = `/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=${encodeURIComponent(name)}`;
  const answer = await request(`${env.STORAGE_EMULATOR_HOST}${path}`, {
    ...{ method: 'POST', body: 'Test', dispatcher: agent },
  });
  await answer.body.dump();
  if (answer.statusCode !== 200) throw new Error(`the upload was answered ${answer.statusCode}`);
}

async function tellAndWait<K extends WorkersMessage['kind']>(
  workers: ChildProcess,
  order: object,
  kind: K,
): Promise<Extract<WorkersMessage, { kind: K }>> {
  workers.send(order);
  for (;;) {
    const [message] = (await once(workers, 'message')) as [WorkersMessage];
    if (message.kind === kind) return message as Extract<WorkersMessage, { kind: K }>;
  }
}
