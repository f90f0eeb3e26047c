// Each plugin in its real process: what it does to its system, and what becomes of files where it
// hangs, crashes or is refused.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EndpointSite, fitsImage, until } from './endpoint-site.ts';
import { MockRucio } from './mock-rucio.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let site: EndpointSite;

beforeEach(async () => {
  site = await EndpointSite.open();
});

afterEach(async () => {
  await site.close();
});

async function store(...paths: string[]): Promise<void> {
  for (const path of paths) site.put(path, fitsImage(path), site.storage);
  await site.record(...paths);
}

async function ingest(plugin: object, settings: object = {}) {
  const config = site.ingesterConfiguration('events', plugin, { daemon: false, ...settings });
  const { exitCode, output } = await site.run('ingester', 'start', config);
  expect(exitCode, output).toBe(0);
  return site.events('events');
}

describe('a plugin of the user', () => {
  it('is ten lines, gets the file and the settings, and says by throwing what went wrong', async () => {
    await store('good.fits', 'bad.fits');
    const lines = [
      "import { appendFileSync } from 'node:fs';",
      "export const version = '0.1';",
      'export function ingest(file, { settings }) {',
      "  if (file.filename.startsWith('bad')) throw new Error('outer', { cause: new Error('the reason') });",
      "  appendFileSync(settings.list, file.filename + ' ' + file.size_bytes + '\\n');",
      '}',
    ];
    writeFileSync(join(site.directory, 'my-plugin.mjs'), lines.join('\n'));
    const list = join(site.directory, 'list.txt');
    const events = await ingest({ module: './my-plugin.mjs', config: { list } });
    expect(readFileSync(list, 'utf8')).toBe('good.fits 5760\n');
    expect(events.get('good.fits')?.events.at(-1)).toMatchObject({
      status: 'SUCCESS',
      ingest_ver: '0.1',
    });
    expect(events.get('bad.fits')?.events.at(-1)).toMatchObject({
      status: 'FAILURE',
      err_message: 'the reason',
    });
  });

  it('may hang, be busy for ever or end its process: the others go on', async () => {
    await store('1-good.fits', '2-hangs.fits', '3-busy.fits', '4-crashes.fits', '5-good.fits');
    const lines = [
      'export async function ingest({ filename }) {',
      "  if (filename.includes('hangs')) await new Promise((resolve) => setTimeout(resolve, 1e8));",
      "  while (filename.includes('busy'));",
      "  if (filename.includes('crashes')) process.exit(7);",
      '}',
    ];
    writeFileSync(join(site.directory, 'wild.mjs'), lines.join('\n'));
    const events = await ingest({ module: './wild.mjs' }, { timeout: 2 });
    const ends = [...events].map(([path, { status }]) => `${path} ${status}`);
    expect(ends).toEqual([
      '1-good.fits SUCCESS',
      '2-hangs.fits FAILURE',
      '3-busy.fits FAILURE',
      '4-crashes.fits UNKNOWN',
      '5-good.fits SUCCESS',
    ]);
    expect(events.get('4-crashes.fits')?.events.at(-1)?.err_message).toContain('exit code 7');
  });

  it('can tell of each file of a batch how it went', async () => {
    await store('a.fits', 'b.fits', 'c.fits');
    const lines = [
      'export default (settings) => ({',
      "  version: 'batch',",
      '  ingest() {},',
      '  ingestMany: (files) =>',
      "    files.map(({ filename }) => filename === 'b.fits' ? { error: new Error(settings.why) } : null),",
      '});',
    ];
    writeFileSync(join(site.directory, 'batch.mjs'), lines.join('\n'));
    const events = await ingest({ module: './batch.mjs', config: { why: 'not this one' } });
    expect([...events].map(([, { status }]) => status)).toEqual(['SUCCESS', 'FAILURE', 'SUCCESS']);
    expect(events.get('b.fits')?.events.at(-1)?.err_message).toBe('not this one');
  });
});

describe('a batch whose results do not fit', () => {
  it('is no success: its files are tried one by one', async () => {
    await store('a.fits', 'b.fits');
    const lines = [
      'export const ingestMany = () => [];',
      'export function ingest({ filename }) {',
      "  if (filename === 'b.fits') throw new Error('b alone');",
      '}',
    ];
    writeFileSync(join(site.directory, 'short.mjs'), lines.join('\n'));
    const events = await ingest({ module: './short.mjs' });
    expect([...events].map(([, { status }]) => status)).toEqual(['SUCCESS', 'FAILURE']);
  });
});

describe('CommandIngest', () => {
  it('gives each name as one argument, whatever is in it', async () => {
    const odd = ['a b.fits', '$(touch x).fits', "it's;.fits", '-dash.fits'];
    await store(...odd);
    const script = join(site.directory, 'note');
    const out = join(site.directory, 'out');
    writeFileSync(script, `#!/bin/sh\nprintf '%s|' "$@" >> '${out}'\nprintf '\\n' >> '${out}'\n`);
    chmodSync(script, 0o755);
    const command = `${script} --name {filename} 'two words' {relpath} {file} {size}`;
    await ingest({ name: 'CommandIngest', config: { command } });
    const lines = readFileSync(out, 'utf8').trimEnd().split('\n').toSorted();
    const wanted = odd.map(
      (name) => `--name|${name}|two words||${join(site.storage, name)}|5760|`,
    );
    expect(lines).toEqual(wanted.toSorted());
    expect(existsSync('x')).toBe(false);
  });

  it('tries again what may pass by itself, by the table of the configuration', async () => {
    await store('a.fits');
    const script = join(site.directory, 'flaky');
    const mark = join(site.directory, 'was-here');
    writeFileSync(script, `#!/bin/sh\n[ -e '${mark}' ] && exit 0\ntouch '${mark}'\nexit 75\n`);
    chmodSync(script, 0o755);
    const plugin = { name: 'CommandIngest', config: { command: `${script} {files}` } };
    const config = site.ingesterConfiguration('events', plugin, { retry: { transient: [0.2] } });
    const ingester = site.start('ingester', 'start', config);
    await until('it succeeded', async () => {
      return (await site.statuses('events'))['a.fits'] === 'SUCCESS';
    });
    await site.stop(ingester);
    const events = (await site.events('events')).get('a.fits')?.events;
    expect(events?.map(({ status }) => status)).toEqual([
      'UNTRIED',
      'PENDING',
      'FAILURE',
      'PENDING',
      'SUCCESS',
    ]);
  });
});

describe('NgasIngest', () => {
  it('stores files in the mock NGAS, and refuses another content under a name', async () => {
    await store('day/a.fits');
    await site.databases().create('ngas');
    const events = await ingest({ name: 'NgasIngest', config: {} });
    expect(events.get('day/a.fits')?.status).toBe('SUCCESS');
    const archived = await site.databases().open('ngas').get('a.fits');
    expect(archived).toMatchObject({ size_bytes: 5760 });
    expect(Buffer.from(String(archived?.encodedContents), 'base64')).toEqual(
      fitsImage('day/a.fits'),
    );
    await store('other/a.fits');
    const again = await ingest({ name: 'NgasIngest', config: {} });
    expect(again.get('other/a.fits')?.events.at(-1)).toMatchObject({
      status: 'FAILURE',
      err_message: expect.stringContaining('another file of the name a.fits'),
    });
  });
});

describe('RucioIngest', () => {
  let rucio: MockRucio;
  let plugin: { name: string; config: Record<string, string> };

  beforeEach(async () => {
    rucio = new MockRucio();
    const url = await rucio.listen();
    writeFileSync(join(site.directory, 'token'), 'secret-token\n');
    const place = { rse: 'SLAC_RAW', scope: 'raw', pfn_prefix: 'davs://host:443/data/' };
    plugin = { name: 'RucioIngest', config: { url, ...place, token_file: 'token' } };
  });

  afterEach(async () => {
    await rucio.close();
  });

  it('registers a batch in one call, with the right checksums', async () => {
    site.put('wiki.txt', 'Wikipedia', site.storage);
    await site.record('wiki.txt');
    await store('day/a.fits', 'day/b.fits');
    const events = await ingest(plugin);
    expect([...events.values()].map(({ status }) => status)).toEqual(Array(3).fill('SUCCESS'));
    expect(rucio.calls).toEqual([201]);
    expect([...rucio.registered.keys()].toSorted()).toEqual([
      'day/a.fits',
      'day/b.fits',
      'wiki.txt',
    ]);
    // The example that everybody quotes for Adler-32.
    expect(rucio.registered.get('wiki.txt')).toBe('11e60398');
  });

  it('takes what is registered already for done, and registers the rest of its batch', async () => {
    await store('a.fits', 'b.fits');
    rucio.know('a.fits', fitsImage('a.fits'));
    const events = await ingest(plugin);
    expect([...events.values()].map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS']);
    expect(rucio.calls).toEqual([409, 409, 200, 201]);
  });

  it('calls no other content registered, alone or in a batch, however the name came about', async () => {
    await store('night-1/img.fits', 'night-2/img.fits', 'night-2/new.fits');
    const byName = { ...plugin, config: { ...plugin.config, name: 'filename' } };
    const events = await ingest(byName);
    expect([...events].map(([path, { status }]) => `${path} ${status}`)).toEqual([
      'night-1/img.fits SUCCESS',
      'night-2/img.fits FAILURE',
      'night-2/new.fits SUCCESS',
    ]);
    const failure = events.get('night-2/img.fits')?.events.at(-1);
    expect(failure?.err_message).toMatch(/other content under raw:img.fits: 5760 bytes, adler32/);
  });

  it.each([
    ['another size', { bytes: 1 }],
    ['another RSE', { rses: { ELSEWHERE: [] } }],
    ['no checksum', { adler32: null }],
    ['no answer', undefined],
  ])('takes a 409 for a failure where Rucio has %s', async (_what, known) => {
    await store('a.fits');
    rucio.know('a.fits', fitsImage('a.fits'), known ?? 'silent');
    const events = await ingest(plugin);
    expect(events.get('a.fits')?.status).toBe('FAILURE');
  });

  it('waits for Rucio while that is away, blames no file, and goes on', async () => {
    await store('a.fits', 'b.fits');
    rucio.failures.push(503, 401, 503, 429);
    const config = site.ingesterConfiguration('events', plugin);
    const ingester = site.start('ingester', 'start', config);
    await until('it says that Rucio is away', async () => {
      const { output } = await site.run('status', config);
      return /the target is away: Rucio answered \d+: out of order/.test(output);
    });
    await until('both succeeded', async () => {
      const statuses = Object.values(await site.statuses('events'));
      return statuses.filter((status) => status === 'SUCCESS').length === 2;
    });
    await site.stop(ingester);
    const events = [...(await site.events('events')).values()].flatMap((one) => one.events);
    expect(events.filter(({ status }) => status === 'FAILURE')).toEqual([]);
    expect(ingester.output()).toContain('the target is back');
  });

  it('takes for a failure what Rucio says of one file alone', async () => {
    await store('a.fits', 'b.fits');
    rucio.failures.push(400, 400);
    const events = await ingest(plugin);
    expect([...events].map(([, { status }]) => status)).toEqual(['FAILURE', 'SUCCESS']);
    expect(events.get('a.fits')).not.toHaveProperty('retry_on');
  });

  it('blames the file where the others go through', async () => {
    await store('a.fits', 'bad.fits', 'c.fits');
    rucio.refuseAlways.set('bad.fits', 503);
    const config = site.ingesterConfiguration('events', plugin, { retry: { transient: [] } });
    const ingester = site.start('ingester', 'start', config);
    await until('all are over', async () => {
      const statuses = await site.statuses('events');
      return statuses['bad.fits'] === 'FAILURE' && statuses['c.fits'] === 'SUCCESS';
    });
    await site.stop(ingester);
    expect((await site.statuses('events'))['a.fits']).toBe('SUCCESS');
  });

  it('ends a run that should end, with an error and all files as they were', async () => {
    await store('a.fits');
    await rucio.close();
    const config = site.ingesterConfiguration('events', plugin, { daemon: false });
    const { exitCode, output } = await site.run('ingester', 'start', config);
    expect(exitCode).toBe(1);
    expect(output).toMatch(/the target is away: no answer from Rucio/);
    expect((await site.events('events')).get('a.fits')).toMatchObject({
      status: 'UNTRIED',
      attempts: 0,
    });
    rucio = new MockRucio();
    await rucio.listen();
  });
});
