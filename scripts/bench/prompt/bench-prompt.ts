// Prompt processing: our Pub/Sub beside the official emulator in one run, and a visit of LSSTCam.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initCloud } from '../../../mockup/prompt/service/init-cloud.ts';
import { Children } from '../../handoff-demo.d/children.ts';
import type { Figure } from '../figure.ts';
import { median, quantile } from '../statistics.ts';
import { type CameraVisit, cameraVisits } from './camera-visit.ts';
import { startEmulator } from './emulator.ts';
import { loadPubsub, type PubsubFigures } from './pubsub-load.ts';

const URL_LINE = /listening on (\S+)/;
const TIMES_THE_EMULATOR = 3;
const MIB = 2 ** 20;

export async function benchPrompt(): Promise<Figure[]> {
  process.env.METADATA_SERVER_DETECTION = 'none';
  const directory = mkdtempSync(join(tmpdir(), 'bench-prompt-'));
  const children = new Children(directory);
  try {
    const ours = await startOurs(children, directory);
    const own = await loadPubsub(ours.pubsub);
    const emulator = await startEmulator();
    let theirs: PubsubFigures | undefined;
    try {
      theirs = emulator && (await loadPubsub(emulator.address));
    } finally {
      await emulator?.close();
    }
    const camera = await cameraVisits(ours.env);
    const servers_bytes = children.pids.reduce((sum, pid) => sum + rssOf(pid), 0);
    return [...pubsubFigures(own, theirs), ...cameraFigures(camera, servers_bytes)];
  } finally {
    await children.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startOurs(children: Children, directory: string) {
  const data = (name: string): string[] => ['--data', join(directory, name)];
  children.start('couchdb', 'draws', 'couchdb', '--port', '0', ...data('couchdb'));
  children.env.COUCHDB_URL = await children.said('couchdb', URL_LINE);
  children.start('pubsub', 'prompt-proto', 'pubsub', '--port', '0');
  const pubsub = new URL(await children.said('pubsub', URL_LINE)).host;
  children.env.PUBSUB_EMULATOR_HOST = pubsub;
  children.start('storage', 'prompt-proto', 'storage', '--port', '0', ...data('storage'));
  children.env.STORAGE_EMULATOR_HOST = await children.said('storage', URL_LINE);
  children.start('postgres', 'prompt-proto', 'databases', '--port', '0', ...data('postgres'));
  children.env.APDB_URL = await children.said('postgres', URL_LINE);
  const { env } = children;
  Object.assign(process.env, env);
  Object.assign(env, {
    ...{ RUBIN_INSTRUMENT: 'LSSTCam', PUBSUB_VERIFICATION_TOKEN: 'bench' },
    ...{ IMAGE_BUCKET: 'rubin-prompt-proto-main', CALIB_REPO: directory },
  });
  // No instance is needed: the workers are in one process of the benchmark.
  const limits = ['--port', '0', '--workers', '0..1'];
  children.start('cloud-run', 'prompt-proto', 'cloud-run', ...limits);
  const url = await children.said('cloud-run', URL_LINE);
  await initCloud({
    ...{ projectId: 'prompt-proto', bucket: 'rubin-prompt-proto-main', token: 'bench' },
    ...{ endpoint: `${url}/next-visit`, ackDeadline_s: 600 },
  });
  return { pubsub, env };
}

function pubsubFigures(own: PubsubFigures, theirs: PubsubFigures | undefined): Figure[] {
  const rate = (what: string, of: 'published_s' | 'pulled_s'): Figure[] => [
    {
      ...{ what, value: own[of], unit: 'messages/s', note: 'of 1,000 bytes, 100 in a request' },
      ...(theirs && {
        aim: { value: Math.round(TIMES_THE_EMULATOR * theirs[of]), is: 'at least' },
      }),
    },
    ...(theirs ? [{ what: `${what}, emulator`, value: theirs[of], unit: 'messages/s' }] : []),
  ];
  const push = (whose: string, { push_ms }: PubsubFigures): Figure[] => [
    { what: `push latency${whose}, median`, value: median(push_ms), unit: 'ms' },
    { what: `push latency${whose}, 99 %`, value: quantile(push_ms, 0.99), unit: 'ms' },
  ];
  return [
    ...rate('published', 'published_s'),
    ...rate('pulled and acknowledged', 'pulled_s'),
    ...push('', own),
    ...(theirs ? push(', emulator', theirs) : []),
  ];
}

function cameraFigures(camera: CameraVisit, servers_bytes: number): Figure[] {
  const { last_ms, each_ms, workers, bytesPerWorker } = camera;
  const note = `${workers} workers in one process, ${last_ms.length} visits of 410 images`;
  return [
    {
      what: 'last image in the bucket to last worker told, median',
      ...{ value: median(last_ms), unit: 'ms', note },
      aim: { value: 1000, is: 'at most' },
    },
    { what: 'the same, slowest visit', value: Math.max(...last_ms), unit: 'ms' },
    {
      what: 'an image in the bucket to its worker told, median',
      value: median(each_ms),
      unit: 'ms',
    },
    { what: 'the same, 99 %', value: quantile(each_ms, 0.99), unit: 'ms' },
    { what: 'memory per waiting worker', value: bytesPerWorker / MIB, unit: 'MiB' },
    {
      what: 'memory of all servers and cloud-run',
      ...{ value: servers_bytes / MIB, unit: 'MiB' },
      aim: { value: 1024, is: 'at most' },
    },
  ];
}

function rssOf(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib ?? 0) * 1024;
}
