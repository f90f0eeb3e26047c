// What a stranger gets: the package is made, installed into an empty directory, and used with another
// Node first on PATH.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePortBlock } from '../../scripts/bench/line/free-ports.ts';

const PROGRAMS = ['draws', 'hdfmgr', 'endmgr', 'prompt-proto'];
const RECORDS = `
database:
  engine: sqlite:///records
  tablenames: { file: files, event: null_file_events }
`;
const CONFIGURATIONS: Record<string, string> = {
  'handoff.yaml': `
database: { engine: 'sqlite:///shipped' }
handoff: { buffer: buffer, holding: holding }
endpoint:
  buffer: storage
  commands: { remote: 'sh -c "{command}"', transfer: 'cp -p {batch} {dest}' }
`,
  'backfill.yaml': `${RECORDS}
backfill: { storage: storage, sources: [m31.fits], search: { exclude_list: null } }
`,
  'ingester.yaml': `${RECORDS}
ingester:
  storage: storage
  daemon: false
  file_status: BACKFILL
  plugin: { name: NullIngest, config: {} }
`,
};
const INSTALL_LIMIT_MS = 900_000;

const repository = fileURLToPath(new URL('../..', import.meta.url));
const ownNode = dirname(process.execPath);
/** Without the checkout's own programs: as a stranger has it. */
const strangersPath = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((directory) => !directory.includes('node_modules'));

interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

function run(file: string, args: string[], directory: string, path: string[]): Promise<Outcome> {
  const { DRAWS_PACE, COUCHDB_URL, ...rest } = process.env;
  const env = { ...rest, PATH: path.join(delimiter) };
  return new Promise((resolve) => {
    const child = execFile(file, args, { cwd: directory, env }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : Number(error.code ?? 1);
      resolve({ exitCode: Number.isNaN(exitCode) ? 1 : exitCode, stdout, stderr });
    });
    child.stdin?.end();
  });
}

describe('the package', () => {
  let directory = '';
  let installed = '';
  const withNode24 = () => [join(installed, 'bin'), ownNode, ...strangersPath];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'draws-install-'));
    installed = join(directory, 'global');
    const npm = (args: string[], where: string) =>
      run('npm', [...args, '--loglevel=error'], where, [ownNode, ...strangersPath]);
    const packed = await npm(['pack', '--pack-destination', directory], repository);
    expect(packed.exitCode, packed.stderr).toBe(0);
    const file = packed.stdout.trim().split('\n').at(-1) ?? '';
    const how = ['--prefer-offline', '--no-audit', '--no-fund'];
    await mkdir(installed);
    const install = ['install', '--global', '--prefix', installed, ...how, join(directory, file)];
    const done = await npm(install, directory);
    expect(done.exitCode, done.stderr).toBe(0);
  }, INSTALL_LIMIT_MS);

  afterAll(() => rm(directory, { recursive: true, force: true }));

  it.each(PROGRAMS)('has %s', async (program) => {
    const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
    const told = await run(program, ['--version'], directory, withNode24());
    expect(told).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
    const help = await run(program, ['--help'], directory, withNode24());
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain(`Usage: ${program} <command>`);
  });

  it('has no sources and no tests, but the page, documents and examples', async () => {
    const root = join(installed, 'lib/node_modules/draws-mockup');
    const entries = await readdir(root, { recursive: true });
    const files = entries.filter((path) => !path.startsWith('node_modules/'));
    expect(files.filter((file) => /\.tsx?$|^(test|scripts)\//.test(file))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'dist/LICENSES.txt',
        'dist/dashboard/web/dist/index.html',
        'docs/ENDPOINT.md',
        'examples/handoff/local.yaml',
      ]),
    );
  });

  it('runs the demonstration by its own name, with every actor and the page', async () => {
    const work = join(directory, 'work');
    await mkdir(work);
    const port = await freePortBlock(6);
    const ports = [port, port + 2, port + 4].map(String) as [string, string, string];
    const [couchdb, dashboard, cache] = ports;
    const where = [
      '--couchdb-port',
      couchdb,
      '--dashboard-port',
      dashboard,
      '--cache-port',
      cache,
    ];
    const what = ['--once', '--ous', '2', '--pace', '0', '--failure-rate', '0'];
    const done = await run('draws-mockup', [...what, ...where], work, withNode24());
    expect(done.exitCode, `${done.stdout}\n${done.stderr}`).toBe(0);
    expect(done.stdout).toContain('all 2 OUSs Delivered');
  }, 300_000);

  it('runs managers with threads, a plugin process and a database of their own', async () => {
    const work = join(directory, 'managers');
    await mkdir(join(work, 'buffer'), { recursive: true });
    await mkdir(join(work, 'storage'));
    await mkdir(join(work, 'holding'));
    await writeFile(join(work, 'buffer/m31.fits'), 'a galaxy');
    for (const [name, text] of Object.entries(CONFIGURATIONS)) {
      await writeFile(join(work, name), text);
    }
    const steps: [string, string[]][] = [
      ['hdfmgr', ['run', '--until-empty', '--no-progress', 'handoff.yaml']],
      ['endmgr', ['backfill', 'start', 'backfill.yaml']],
      ['endmgr', ['ingester', 'start', 'ingester.yaml']],
    ];
    for (const [program, args] of steps) {
      const done = await run(program, args, work, withNode24());
      expect(done.exitCode, `${program}: ${done.stdout}\n${done.stderr}`).toBe(0);
    }
    const args = ['status', 'ingester.yaml', 'm31.fits', '--json'];
    const told = await run('endmgr', args, work, withNode24());
    expect(told.stdout).toContain('SUCCESS');
  }, 180_000);

  it('says in one line that another Node is too old', async () => {
    const { stdout } = await run('node', ['--version'], directory, strangersPath);
    if (Number.parseInt(stdout.slice(1), 10) >= 24) return;
    const path = [join(installed, 'bin'), ...strangersPath];
    for (const program of [...PROGRAMS, 'draws-mockup']) {
      const told = await run(program, ['--help'], directory, path);
      expect(told).toMatchObject({ exitCode: 2, stdout: '' });
      expect(told.stderr).toMatch(/^[^\n]*: Node 24 or newer is needed, this is v[^\n]*\n$/);
    }
  });
});
