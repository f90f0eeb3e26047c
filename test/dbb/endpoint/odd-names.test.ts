// What a finder makes of names that are hard to handle: each is taken, or told with the reason, and
// none of them holds up the others.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EndpointSite, until } from './endpoint-site.ts';

vi.setConfig({ testTimeout: 120_000 });

let site: EndpointSite;

beforeEach(async () => {
  site = await EndpointSite.open();
});

afterEach(() => site.close());

const LONG = 'é'.repeat(126);

async function find(wanted: () => Promise<unknown>): Promise<string> {
  const finder = site.start('finder', 'start', site.finderConfiguration());
  await until('the finder has been through', async () => {
    if (finder.process.exitCode !== null) throw new Error(finder.output());
    return wanted();
  }).catch(async (error: Error) => {
    const asides = await site.asides();
    throw new Error(`${error.message}: ${finder.output()} ${JSON.stringify(asides)}`);
  });
  await site.stop(finder);
  return finder.output();
}

async function recorded(...names: string[]): Promise<boolean> {
  if (!(await site.databases().names()).includes('files')) return false;
  const found = new Set((await site.files()).map(({ _id }) => _id.slice('file:'.length)));
  return names.every((name) => found.has(name));
}

it('takes `-`, long names and names that begin as those of others, with a clash of names', async () => {
  const names = [
    '-',
    'd/-',
    '--',
    '.hdfmgr-notes',
    'd/.hdfmgr-x/a',
    '.part-mine',
    LONG,
    `${LONG}e`,
  ];
  for (const name of names) site.put(name, `content of ${name}`);
  await find(() => recorded(...names));
  expect(site.tree(site.storage)).toEqual(names.toSorted());
  for (const name of names) site.put(name, `other content of ${name}`);
  const asides = async () => (await site.asides()).filter(({ reason }) => reason === 'name_taken');
  await find(async () => (await asides()).length === names.length);
  for (const name of names) {
    expect(readFileSync(join(site.storage, name), 'utf8')).toBe(`content of ${name}`);
    expect(readFileSync(join(site.buffer, name), 'utf8')).toBe(`other content of ${name}`);
  }
});

it('tells names that are no UTF-8 one by one, also of directories, and takes the others', async () => {
  const script = [
    'cd "$1"; : >"$(printf \'a\\351\')"; : >"$(printf \'a\\352\')"',
    'mkdir "$(printf \'d\\377\')"; : >"$(printf \'d\\377/x\')"',
  ].join('\n');
  execFileSync('bash', ['-c', script, 'sh', site.buffer]);
  site.put('good.fits', 'good');
  site.put('\ufffd.fits', 'a name with the character that stands for what is none');
  await find(async () => {
    return (await recorded('good.fits', '\ufffd.fits')) && (await site.asides()).length === 3;
  });
  const told = (await site.asides()).map(({ path, message }) => `${path}: ${message}`);
  expect(told.toSorted()).toEqual([
    'a\\xe9: not taken: its name is not UTF-8',
    'a\\xea: not taken: its name is not UTF-8',
    'd\\xff: not taken: a directory whose name is not UTF-8',
  ]);
});

it('tells a path that is too long, and takes what is beside it', async () => {
  // Deeper than a path may be long: made step by step.
  const step = 'x'.repeat(200);
  const deeper = `cd "$1"; for i in $(seq 22); do mkdir ${step}; cd ${step}; done; echo a > a`;
  execFileSync('bash', ['-c', deeper, 'sh', site.buffer]);
  site.put('good/a.fits', 'a');
  await find(async () => (await recorded('good/a.fits')) && (await site.asides()).length > 0);
  const [aside] = await site.asides();
  expect(aside?.message).toMatch(/ENAMETOOLONG/);
  expect(existsSync(join(site.storage, 'good/a.fits'))).toBe(true);
  execFileSync('rm', ['-rf', join(site.buffer, step)]);
});

it('does not call dark what the finder leaves out', async () => {
  const search = { method: 'scan', settle: 0, exclude_list: ['(^|/)\\.gitkeep$'] };
  const configuration = site.finderConfiguration({ search });
  site.put('d/.gitkeep', '', site.storage);
  await site.run('initdb', configuration);
  expect(await site.run('check', configuration)).toMatchObject({ exitCode: 0 });
  site.put('d/dark.fits', 'dark', site.storage);
  const { exitCode, output } = await site.run('check', configuration);
  expect([exitCode, output.split('\n')[0]]).toEqual([
    1,
    'dark "d/dark.fits": 4 bytes, not on record',
  ]);
});
