// The chain: images are written at the summit, shipped by the handoff manager, found, stored and
// ingested twice at the data facility. In the end every image is compared with what was written.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { prepareDatabases } from '../../mockup/dbb/endpoint/endpoint-databases.ts';
import type { DatabaseServer } from '../../mockup/platform/couch/database.ts';
import { Children } from './children.ts';
import { fitsImage, latissSize, smallSize } from './fits-image.ts';
import {
  type Connection,
  databases,
  makePlaces,
  type Places,
  writeConfigurations,
} from './places.ts';
import { describeProgress, readProgress } from './progress.ts';

export interface DemonstrationOptions extends Connection {
  /** Where all of it is; must exist. */
  directory: string;
  images: number;
  smallFiles: number;
  /** Between two images. */
  pause_ms: number;
  /** An own server without it. */
  couchUrl?: string | undefined;
  /** Undefined: no page. */
  dashboardPort?: number | undefined;
  print(line: string): void;
  /** Ends it early. */
  stopped: Promise<void>;
  /** Goes on until it is stopped when all has arrived. */
  stay: boolean;
}

const LOOK_MS = 500;
const LIMIT_MS = 600_000;

/** Gives what is wrong in the end; nothing where every image is everywhere. */
export async function runDemonstration(options: DemonstrationOptions): Promise<string[]> {
  const { directory, print } = options;
  const children = new Children(directory);
  try {
    if (options.couchUrl === undefined) {
      const data = join(directory, 'database');
      children.start('couchdb', 'draws', 'couchdb', '--port', '0', '--data', data);
    }
    const couchUrl = options.couchUrl ?? (await children.said('couchdb', /listening on (\S+)/));
    const server = connectTo(couchUrl);
    await server.create('ngas');
    const places = makePlaces(directory);
    const page = await startAll(options, children, places, couchUrl, server);
    const written = new Map<string, string>();
    const writing = writeImages(options, places, written);
    const stopped = options.stopped.then(() => ['stopped before all had arrived']);
    const arrived = follow(options, server, written, writing).then(() => compare(places, written));
    const problems = await Promise.race([children.failed, arrived, stopped]);
    if (problems.length > 0) return problems;
    print(`all ${written.size} images are where they should be`);
    if (options.stay) {
      print(page === undefined ? 'Ctrl-C ends it' : `${page} shows them; Ctrl-C ends it`);
      await Promise.race([children.failed, options.stopped]);
    }
    return [];
  } finally {
    await children.stop();
  }
}

async function startAll(
  options: DemonstrationOptions,
  children: Children,
  places: Places,
  couchUrl: string,
  server: DatabaseServer,
): Promise<string | undefined> {
  const { directory, print } = options;
  let page: string | undefined;
  const { files } = databases;
  for (const events of [databases.ngas, databases.copies]) {
    await prepareDatabases(server, { files, contents: `${files}-contents`, events });
  }
  const configurations = writeConfigurations(directory, places, couchUrl, options);
  if (options.dashboardPort !== undefined) {
    process.env.COUCHDB_URL = couchUrl;
    process.env.DRAWS_LOCATION ??= 'JAO';
    children.start('dashboard', 'draws', 'dashboard', '--port', String(options.dashboardPort));
    page = await children.said('dashboard', /(http:\/\/\S+?)[\s",]/);
    print(`dashboard: ${page}  (view: Files)`);
  }
  children.start('finder', 'endmgr', 'finder', 'start', configurations.finder);
  for (const [name, path] of Object.entries(configurations.ingesters)) {
    children.start(name, 'endmgr', 'ingester', 'start', path);
  }
  children.start('handoff', 'hdfmgr', 'run', '--no-progress', configurations.handoff);
  const way = options.sshConfig === undefined ? 'directories of this machine' : 'ssh';
  print(`summit: ${places.buffer}`);
  print(`facility: ${places.storage} (by ${way})`);
  return page;
}

/** Each appears whole, under its name, as the archiver does it. */
async function writeImages(
  { images, smallFiles, pause_ms }: DemonstrationOptions,
  { buffer }: Places,
  written: Map<string, string>,
): Promise<void> {
  const total = images + smallFiles;
  for (let number = 1; number <= total; number++) {
    // The large ones are spread over the small ones.
    const before = Math.floor(((number - 1) * images) / total);
    const isLarge = Math.floor((number * images) / total) > before;
    const day = number % 2 === 0 ? '2020-12-31' : '2021-01-01';
    const observation = `AT_O_${day.replaceAll('-', '')}_${String(number).padStart(6, '0')}`;
    const size = isLarge ? latissSize : smallSize;
    const image = fitsImage({ observation, day, ...size });
    const path = `${day}/${observation}.fits`;
    const target = join(buffer, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(join(buffer, `../.${observation}`), image);
    renameSync(join(buffer, `../.${observation}`), target);
    written.set(path, sumOf(image));
    await new Promise((resolve) => setTimeout(resolve, pause_ms));
  }
}

async function follow(
  { print, images, smallFiles }: DemonstrationOptions,
  server: DatabaseServer,
  written: ReadonlyMap<string, string>,
  writing: Promise<void>,
): Promise<void> {
  const total = images + smallFiles;
  const end = Date.now() + LIMIT_MS;
  let last = '';
  for (;;) {
    const progress = await readProgress(server);
    const line = describeProgress(written.size, progress);
    if (line !== last) print(line);
    last = line;
    const { ingested, handoff } = progress;
    const arrived = [ingested[databases.ngas], ingested[databases.copies], handoff.held];
    if (arrived.every((count) => count === total)) return writing;
    if (Date.now() > end) throw new Error(`not all arrived in time: ${line}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function compare(places: Places, written: ReadonlyMap<string, string>): string[] {
  const { holding, storage, copies } = places;
  return [...written].flatMap(([path, sum]) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return [join(holding, path), join(storage, path), join(copies, name)].flatMap((place) => {
      try {
        return sumOf(readFileSync(place)) === sum ? [] : [`${place} has other bytes`];
      } catch {
        return [`${place} is missing`];
      }
    });
  });
}

function sumOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
