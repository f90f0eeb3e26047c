// Plays the telescope: announces each visit, exposes, reads out, uploads, slews; like the
// prototype's upload.py, with late and lost images where asked.

import type { File, Storage } from '@google-cloud/storage';
import { readImageName } from '../../core/prompt/image-name.ts';
import type { Instrument } from '../../core/prompt/instruments.ts';
import type { Visit } from '../../core/prompt/visit.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Random } from '../../platform/random/random.ts';
import type { Publisher } from '../cloud/cloud-clients.ts';
import {
  EXPOSURE_S,
  firstGroup,
  type Group,
  imageOf,
  makeGroup,
  nextGroup,
  pointingOf,
  SLEW_S,
} from './night.ts';

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
  /** With raws to be sent in place of made-up content, for the detectors that it has some of. */
  sampleBucket?: string | undefined;
  /** Announces each pointing once, for `fan-out`, in place of each detector. */
  pointings?: boolean | undefined;
  survey?: string | undefined;
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

const UPLOADS_AT_A_TIME = 16;
const RAW_CONTENT = 'Test';
const NOT_FOUND = 404;

interface Image {
  object: string;
  detector: number;
}

/** By detector and snap. */
type Samples = Map<number, File[]>;

export async function runNight(ports: TesterPorts, options: TesterOptions): Promise<Night> {
  const { clock, random } = ports;
  const { instrument, pace, signal } = options;
  const night: Night = { groups: [], images: [] };
  const late: Promise<void>[] = [];
  const today = new Date(clock.now()).toISOString().slice(0, 10).replaceAll('-', '');
  const samples = await readSamples(ports.storage, options);
  let group = firstGroup(today, await largestGroup(ports.storage, options), random);
  for (let n = 0; n < options.groups; n++, group = nextGroup(group, random)) {
    signal?.throwIfAborted();
    const made = makeGroup(instrument, group, random, options);
    night.groups.push(made);
    await ports.onGroup?.(made);
    ports.onStep?.(`group ${made.group}: ${made.visits.length} visits announced`);
    await announce(ports, made, options);
    for (let snap = 0; snap < instrument.snaps; snap++) {
      await clock.sleep(EXPOSURE_S * 1000 * pace, signal);
      ports.onStep?.(`group ${made.group}: snap ${snap} read out`);
      late.push(...(await upload(ports, { ...options, samples }, made.visits, snap, night)));
    }
    await clock.sleep(SLEW_S * 1000 * pace, signal);
  }
  await Promise.all(late);
  return night;
}

async function announce(
  { publisher }: TesterPorts,
  group: Group,
  { instrument, pointings }: TesterOptions,
): Promise<void> {
  const { visits } = group;
  if (pointings) {
    const data = Buffer.from(JSON.stringify(pointingOf(group)));
    const attributes = { instrument: instrument.name };
    return publisher.publish('nextVisit-pointing', [{ data, attributes }]);
  }
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
  options: TesterOptions & { samples: Samples },
  visits: readonly Visit[],
  snap: number,
  night: Night,
): Promise<Promise<void>[]> {
  const { random, clock, storage } = ports;
  const bucket = storage.bucket(options.bucket);
  const put = async ({ object, detector }: Image): Promise<void> => {
    const sample = options.samples.get(detector)?.[snap];
    if (sample) await sample.copy(bucket.file(object));
    else await bucket.file(object).save(RAW_CONTENT, { resumable: false });
  };
  const now: Image[] = [];
  const later: Promise<void>[] = [];
  for (const visit of visits) {
    const object = imageOf(visit, snap);
    const chance = random.next();
    const fate =
      chance < options.lose ? 'lost' : chance < options.lose + options.late ? 'late' : 'uploaded';
    night.images.push({ object, fate });
    const image = { object, detector: visit.detector };
    if (fate === 'uploaded') now.push(image);
    if (fate !== 'late') continue;
    const delay_ms = (options.imageTimeout_s + 2) * 1000;
    later.push(clock.sleep(delay_ms, options.signal).then(() => put(image)));
  }
  const queue = now.values();
  const worker = async (): Promise<void> => {
    for (const image of queue) await put(image);
  };
  await Promise.all(Array.from({ length: UPLOADS_AT_A_TIME }, worker));
  return later;
}

/** Raws of the sample bucket, in the order of their snaps. */
async function readSamples(storage: Storage, options: TesterOptions): Promise<Samples> {
  const { instrument, sampleBucket } = options;
  const samples: Samples = new Map();
  if (sampleBucket === undefined) return samples;
  const [files] = await storage
    .bucket(sampleBucket)
    .getFiles({ prefix: `${instrument.name}/` })
    .catch((error: { code?: unknown }) => {
      if (error.code === NOT_FOUND) return [[] as File[]] as const;
      throw error;
    });
  for (const file of files) {
    const image = readImageName(file.name);
    if (!image) continue;
    const ofDetector = samples.get(image.detector) ?? [];
    ofDetector[image.snap] ??= file;
    samples.set(image.detector, ofDetector);
  }
  return samples;
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
