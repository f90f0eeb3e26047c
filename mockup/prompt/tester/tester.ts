// Plays the telescope: announces each visit, exposes, reads out, uploads, slews; like the
// prototype's upload.py, with late and lost images where asked.

import type { Storage } from '@google-cloud/storage';
import type { Instrument } from '../../core/prompt/instruments.ts';
import type { Visit } from '../../core/prompt/visit.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Random } from '../../platform/random/random.ts';
import type { Publisher } from '../service/cloud-clients.ts';
import { firstGroup, type Group, imageOf, makeGroup, nextGroup } from './night.ts';

export interface TesterOptions {
  instrument: Instrument;
  groups: number;
  bucket: string;
  /** 1: as on the sky; 0: no waiting. */
  pace: number;
  /** Share of images that are uploaded after the service has given up waiting. */
  late: number;
  /** Share of images that never come. */
  lose: number;
  detectors?: readonly number[] | undefined;
  /** How long the service waits, in seconds: late images come after it. */
  imageTimeout_s: number;
  signal?: AbortSignal | undefined;
}

export interface TesterPorts {
  clock: Clock;
  random: Random;
  publisher: Publisher;
  storage: Storage;
  /** Before a group is announced: what it will need can be made. */
  onGroup?(group: Group): Promise<void>;
  onStep?(text: string): void;
}

export interface Night {
  groups: Group[];
  images: { object: string; fate: 'uploaded' | 'late' | 'lost' }[];
}

const EXPOSURE_S = 18;
const SLEW_S = 2;
const UPLOADS_AT_A_TIME = 16;
const RAW_CONTENT = 'Test';

export async function runNight(ports: TesterPorts, options: TesterOptions): Promise<Night> {
  const { clock, random } = ports;
  const { instrument, pace, signal } = options;
  const night: Night = { groups: [], images: [] };
  const late: Promise<void>[] = [];
  const today = new Date(clock.now()).toISOString().slice(0, 10).replaceAll('-', '');
  let group = firstGroup(today, await largestGroup(ports.storage, options), random);
  for (let n = 0; n < options.groups; n++, group = nextGroup(group, random)) {
    signal?.throwIfAborted();
    const made = makeGroup(instrument, group, random, options.detectors);
    night.groups.push(made);
    await ports.onGroup?.(made);
    ports.onStep?.(`group ${made.group}: ${made.visits.length} visits announced`);
    await announce(ports, made);
    for (let snap = 0; snap < instrument.snaps; snap++) {
      await clock.sleep(EXPOSURE_S * 1000 * pace, signal);
      ports.onStep?.(`group ${made.group}: snap ${snap} read out`);
      late.push(...(await upload(ports, options, made.visits, snap, night)));
    }
    await clock.sleep(SLEW_S * 1000 * pace, signal);
  }
  await Promise.all(late);
  return night;
}

async function announce({ publisher }: TesterPorts, { visits }: Group): Promise<void> {
  await publisher.publish(
    'nextVisit',
    visits.map((visit) => ({
      data: Buffer.from(JSON.stringify(visit)),
      attributes: { instrument: visit.instrument },
    })),
  );
}

/** Uploads one snap of all detectors; returns the uploads that come later. */
async function upload(
  ports: TesterPorts,
  options: TesterOptions,
  visits: readonly Visit[],
  snap: number,
  night: Night,
): Promise<Promise<void>[]> {
  const { random, clock, storage } = ports;
  const bucket = storage.bucket(options.bucket);
  const put = (object: string): Promise<void> =>
    bucket.file(object).save(RAW_CONTENT, { resumable: false });
  const now: string[] = [];
  const later: Promise<void>[] = [];
  for (const visit of visits) {
    const object = imageOf(visit, snap);
    const chance = random.next();
    const fate =
      chance < options.lose ? 'lost' : chance < options.lose + options.late ? 'late' : 'uploaded';
    night.images.push({ object, fate });
    if (fate === 'uploaded') now.push(object);
    if (fate !== 'late') continue;
    const delay_ms = (options.imageTimeout_s + 2) * 1000;
    later.push(clock.sleep(delay_ms, options.signal).then(() => put(object)));
  }
  const queue = now.values();
  const worker = async (): Promise<void> => {
    for (const object of queue) await put(object);
  };
  await Promise.all(Array.from({ length: UPLOADS_AT_A_TIME }, worker));
  return later;
}

async function largestGroup(
  storage: Storage,
  options: TesterOptions,
): Promise<number | undefined> {
  const detector = options.detectors?.[0] ?? 0;
  const prefix = `${options.instrument.name}/${detector}/`;
  const [, , answer] = await storage
    .bucket(options.bucket)
    .getFiles({ prefix, delimiter: '/', autoPaginate: false });
  const { prefixes = [] } = (answer ?? {}) as { prefixes?: string[] };
  const groups = prefixes.map((one) => Number(one.split('/').at(-2))).filter(Number.isSafeInteger);
  return groups.length > 0 ? Math.max(...groups) : undefined;
}
