// A line that goes on for long: `DRAWS_BENCH_SOAK=5000` OUSs, a few at a time. How quick its last
// tenth is beside its first, and how the memory of its processes and its files grow; the curves are
// drawn to the file that DRAWS_BENCH_SOAK_SVG names.

import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure } from '../figure.ts';
import { processesOf } from '../line/cpu-time.ts';
import { delivered, deliverOne, openEntities } from '../line/deliver-one.ts';
import { type RunningLine, startLine } from '../line/line-process.ts';
import { settled } from '../line/settled.ts';
import { type Curve, drawCurves } from './curves.ts';

const OUSS = Number(process.env.DRAWS_BENCH_SOAK ?? 200);
const PICTURE = process.env.DRAWS_BENCH_SOAK_SVG;
const AT_A_TIME = 4;
const TENTHS = 10;
const MB = 2 ** 20;

interface Sample {
  ouss: number;
  perSecond: number;
  servers_bytes: number;
  actors_bytes: number;
  files_bytes: number;
}

export async function benchSoak(): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'draws-soak-'));
  const line = await startLine(['--ous', '1', '-x', '4'], undefined, directory);
  try {
    await delivered(openEntities(line), 'uid://X1/X1/Xb0');
    await settled(line);
    const samples: Sample[] = [];
    for (let tenth = 0; tenth < TENTHS; tenth++) {
      samples.push(await runTenth(line, directory, tenth));
    }
    if (PICTURE !== undefined) await writeFile(PICTURE, drawCurves('OUSs', curvesOf(samples)));
    return figuresOf(samples);
  } finally {
    await line.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function runTenth(line: RunningLine, directory: string, tenth: number): Promise<Sample> {
  const entities = openEntities(line);
  const each = Math.ceil(OUSS / TENTHS);
  let next = tenth * each;
  const end = next + each;
  const begun = performance.now();
  const work = async (): Promise<void> => {
    while (next < end) await deliverOne(entities, next++);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  const perSecond = each / ((performance.now() - begun) / 1000);
  await settled(line);
  const sample = { ouss: end, perSecond, servers_bytes: 0, actors_bytes: 0, files_bytes: 0 };
  for (const { command, memory_bytes } of processesOf(line.pid)) {
    const isServer = / couchdb( |$)/.test(command);
    sample[isServer ? 'servers_bytes' : 'actors_bytes'] += memory_bytes;
  }
  for (const site of ['jao', 'eu']) sample.files_bytes += await bytesIn(join(directory, site));
  return sample;
}

/** Of the databases alone. */
async function bytesIn(site: string): Promise<number> {
  const couchdb = join(site, 'couchdb');
  let sum = 0;
  for (const name of await readdir(couchdb)) sum += (await stat(join(couchdb, name))).size;
  return sum;
}

function figuresOf(samples: readonly Sample[]): Figure[] {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last) return [];
  return [
    { what: `OUS/s in the first tenth of ${OUSS}`, value: first.perSecond, unit: 'OUS/s' },
    { what: 'OUS/s in the last tenth', value: last.perSecond, unit: 'OUS/s' },
    {
      what: 'last tenth against first',
      value: last.perSecond / first.perSecond,
      unit: '',
      aim: { value: 0.9, is: 'at least' },
    },
    { what: 'servers, after the first tenth', value: first.servers_bytes / MB, unit: 'MiB' },
    { what: 'servers, at the end', value: last.servers_bytes / MB, unit: 'MiB' },
    { what: 'all others, after the first tenth', value: first.actors_bytes / MB, unit: 'MiB' },
    { what: 'all others, at the end', value: last.actors_bytes / MB, unit: 'MiB' },
    { what: 'database files for an OUS, two sites', value: perOus(first, last), unit: 'KB' },
  ];
}

function perOus(first: Sample, last: Sample): number {
  return (last.files_bytes - first.files_bytes) / Math.max(1, last.ouss - first.ouss) / 1000;
}

function curvesOf(samples: readonly Sample[]): Curve[] {
  const of = (name: string, unit: string, value: (sample: Sample) => number): Curve => ({
    name,
    unit,
    points: samples.map((sample) => [sample.ouss, value(sample)]),
  });
  return [
    of('speed', 'OUS/s', ({ perSecond }) => perSecond),
    of('servers', 'MiB', ({ servers_bytes }) => servers_bytes / MB),
    of('all other processes', 'MiB', ({ actors_bytes }) => actors_bytes / MB),
    of('database files', 'MiB', ({ files_bytes }) => files_bytes / MB),
  ];
}
