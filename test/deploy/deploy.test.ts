// Units and Compose file are parsed, and every command, option, file and variable in them is held
// against the programs.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { draws } from '../../mockup/cli/draws.ts';
import { endmgr } from '../../mockup/cli/endmgr.ts';
import { hdfmgr } from '../../mockup/cli/hdfmgr.ts';
import { main } from '../../mockup/cli/main.ts';
import { readEnvironment } from '../../mockup/platform/config/environment.ts';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..');
const units = join(repository, 'deploy/systemd');
const compose = join(repository, 'deploy/compose');
const programs = { draws, endmgr, hdfmgr };

/** Actors that run by themselves; the robots of dra and aqua-qa2 are up to the user. */
const actorsOf = {
  jao: ['xtss', 'aqua-batch-helper', 'product-ingestor', 'replicated-cache', 'dashboard'],
  arc: ['torque-maui', 'data-tracker', 'replicated-cache', 'dashboard'],
};

async function helpOf(program: keyof typeof programs, words: readonly string[]): Promise<string> {
  let text = '';
  const stream = {
    write: (written: string) => {
      text += written;
      return true;
    },
  };
  const options = { env: {}, stdout: stream, stderr: stream };
  expect(await main(programs[program], [...words, '--help'], options), text).toBe(0);
  return text;
}

const subcommands = ['apply', 'status', 'cancel', 'copy', 'list', 'resolve', 'retry'];

/** `replicate apply --at JAO`: command, subcommand and options must exist. */
async function checkWords(program: keyof typeof programs, words: readonly string[]) {
  const [command = '', second = ''] = words;
  const commands = subcommands.includes(second) ? [command, second] : [command];
  const help = await helpOf(program, commands);
  expect(help).toMatch(new RegExp(`^Usage: ${program} ${commands.join(' ')}\\b`));
  for (const option of words.filter((word) => /^--?[a-z]/.test(word))) {
    expect(help).toMatch(new RegExp(`(^| |,)${option}( |$|,)`, 'm'));
  }
}

/** `mockup/cli/draws.mjs xtss --option value`: program, subcommands and options must exist. */
async function checkCommand(words: readonly string[]): Promise<void> {
  const at = words.findIndex((word) => word.endsWith('.mjs'));
  const script = (words[at] ?? '').replace('/opt/draws/', '');
  expect(existsSync(join(repository, script)), script).toBe(true);
  const program = /(\w+)\.mjs$/.exec(script)?.[1] as keyof typeof programs;
  const rest = words.slice(at + 1);
  const firstOption = rest.findIndex((word) => /^[-/$]/.test(word));
  const commands = firstOption < 0 ? rest : rest.slice(0, firstOption);
  const known = programs[program].commands.map(({ name }) => name);
  expect(known).toContain(commands[0]);
  const help = await helpOf(program, commands);
  expect(help).toContain(`Usage: ${program} ${commands.join(' ')} `);
  const options = rest.filter((word) => /^--?[a-z]/.test(word));
  for (const option of options) expect(help).toMatch(new RegExp(`(^| |,)${option}( |$|,)`, 'm'));
}

describe.each(['MULTIHOST.md', 'docs/OPERATIONS.md', 'docs/CONFLICTS.md'])('%s', (name) => {
  const text = readFileSync(join(repository, name), 'utf8');
  const blocks = [...text.matchAll(/^```\n(.*?)^```/gms)].map(([, block = '']) => block);
  const quoted = [...text.matchAll(/`([^`\n]+)`/g)].map(([, line = '']) => line);
  const lines = [
    ...blocks.join('').split('\n'),
    ...quoted,
    ...(text.match(/^ {4}draws .*$/gm) ?? []),
  ]
    .map((line) => line.replace(/ #.*$/, '').trim())
    .flatMap((line) => /^(?:\S+=\S+ +|sudo -u draws )?draws ((?!-)[^…]*)$/.exec(line)?.[1] ?? []);

  it.each([...new Set(lines)])('draws %s', async (line) => {
    const words = line.replaceAll(/[[\]]/g, '').split(/ +/);
    const known = programs.draws.commands.map(({ name }) => name);
    if (known.includes(words[0] ?? '')) await checkWords('draws', words);
    else expect(words[0]).toBe('up');
  });
});

describe('systemd units', () => {
  type Unit = Map<string, [key: string, value: string][]>;
  const names = readdirSync(units);

  const read = (name: string): Unit => {
    const unit: Unit = new Map();
    let section: [string, string][] = [];
    for (const line of readFileSync(join(units, name), 'utf8').split('\n')) {
      if (/^\s*($|[#;])/.test(line)) continue;
      const [, heading] = /^\[(\w+)\]$/.exec(line) ?? [];
      const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      if (heading) unit.set(heading, (section = []));
      else if (key !== undefined && value !== undefined) section.push([key, value]);
      else throw new Error(`${name}: ${line}`);
    }
    return unit;
  };
  const valuesOf = (unit: Unit, section: string, key: string): string[] =>
    (unit.get(section) ?? []).filter(([name]) => name === key).map(([, value]) => value);

  it.each(names)('%s is a unit that can be enabled', (name) => {
    const unit = read(name);
    const own = name.endsWith('.service') ? ['Service'] : [];
    expect([...unit.keys()]).toEqual(['Unit', ...own, 'Install']);
    expect(valuesOf(unit, 'Unit', 'Description')).toHaveLength(1);
    expect(valuesOf(unit, 'Install', 'WantedBy')).toEqual(['multi-user.target']);
  });

  it.each(names.filter((name) => name.endsWith('.service')))('%s runs', async (name) => {
    const unit = read(name);
    const [start = ''] = valuesOf(unit, 'Service', 'ExecStart');
    const instance = name.startsWith('draws@') ? 'xtss' : 'main';
    const [node, ...words] = start.replaceAll('%i', instance).split(' ');
    expect(node).toBe('/opt/draws/node_modules/.bin/node');
    await checkCommand(words.filter((word) => word !== '$ARGS'));
    expect(valuesOf(unit, 'Service', 'User')).toHaveLength(1);
    expect(valuesOf(unit, 'Service', 'TimeoutStopSec')).toHaveLength(1);
    expect(valuesOf(unit, 'Service', 'Restart')).toHaveLength(1);
  });

  it.each(names.filter((name) => name.endsWith('.service')))('%s is never given up', (name) => {
    const unit = read(name);
    const always = valuesOf(unit, 'Service', 'Restart').includes('always');
    expect(valuesOf(unit, 'Unit', 'StartLimitIntervalSec')).toEqual(always ? ['0'] : []);
  });

  it.each(['jao', 'arc'] as const)('draws-%s.target starts all actors there', (site) => {
    const wanted = valuesOf(read(`draws-${site}.target`), 'Unit', 'Wants')
      .join(' ')
      .split(' ');
    const expected = actorsOf[site].map((actor) => `draws@${actor}.service`);
    expect(wanted.toSorted()).toEqual(expected.toSorted());
    expect(names).toContain('draws@.service');
  });
});

describe('the Compose file', () => {
  interface Service {
    image: string;
    command?: string[];
    environment?: Record<string, string>;
    volumes?: string[];
    ports?: string[];
    depends_on?: Record<string, object>;
    build?: { context: string; dockerfile: string };
  }
  const text = readFileSync(join(compose, 'docker-compose.yaml'), 'utf8');
  const { services, volumes } = parse(text, { merge: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };
  const variables = new Map(
    [...readFileSync(join(compose, 'env.example'), 'utf8').matchAll(/^(\w+)=(.*)$/gm)].map(
      ([, key = '', value = '']) => [key, value],
    ),
  );
  const filled = (value: string): string =>
    value.replace(/\$\{(\w+)[^}]*\}/g, (_, name) => {
      expect([...variables.keys()]).toContain(name);
      return variables.get(name) ?? '';
    });
  const ours = Object.entries(services).filter(([, { image }]) => image === 'draws-mockup');

  it('has CouchDB 3.5 for each site', () => {
    for (const site of ['jao', 'arc']) {
      expect(services[`${site}-couchdb`]?.image).toBe('couchdb:3.5');
      expect(Object.keys(volumes)).toContain(`${site}-couchdb`);
    }
  });

  it('has a service for each actor and manager', () => {
    const actors = [
      ...actorsOf.jao.map((actor) => `jao-${actor}`),
      ...['jao-dra', 'jao-aqua-qa2'],
      ...actorsOf.arc.map((actor) => `arc-${actor}`),
    ];
    const managers = ['at-dbbbm', 'cc-dbbbm', 'endpoint-finder', 'endpoint-ingester'];
    expect(Object.keys(services)).toEqual(expect.arrayContaining([...actors, ...managers]));
  });

  it.each(ours)('%s runs', async (_, service) => {
    const { command = [], build, depends_on = {}, environment } = service;
    expect(existsSync(join(compose, build?.context ?? '', build?.dockerfile ?? ''))).toBe(true);
    const words = command[0]?.endsWith('.mjs') ? command : ['mockup/cli/draws.mjs', ...command];
    await checkCommand(words.map((word) => filled(word)));
    for (const name of Object.keys(depends_on)) expect(Object.keys(services)).toContain(name);
    if (!environment) return;
    const env = Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [key, filled(value)]),
    );
    expect(readEnvironment(env).location).toMatch(/^(JAO|EU)$/);
  });

  it('shows no password to those who list processes', () => {
    for (const { command = [] } of Object.values(services)) {
      expect(command.join(' ')).not.toMatch(/PASSWORD|:\/\/[^/ ]*@/);
    }
  });

  it('builds the dashboard’s page into the image', () => {
    const dockerfile = readFileSync(join(compose, 'Dockerfile'), 'utf8');
    const [page = '', image = ''] = dockerfile.split(/^(?=FROM )/m).slice(1);
    expect(page).toMatch(/^RUN .*scripts\/build-dashboard$/m);
    expect(image).toContain('COPY --from=page /opt/draws/dashboard ./dashboard\n');
    for (const [, paths = ''] of dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)) {
      for (const path of paths.split(' ')) expect(existsSync(join(repository, path))).toBe(true);
    }
  });

  it('gives each handoff manager its six bind mounts', () => {
    for (const name of ['at-dbbbm', 'cc-dbbbm']) {
      const targets = (services[name]?.volumes ?? []).map(
        (volume) => filled(volume).split(':')[1],
      );
      const home = '/home/node/.ssh';
      const own = [
        '/data/buffer',
        '/data/holding',
        '/etc/dbb',
        '/var/lib/dbb',
        '/var/log/dbb',
        home,
      ];
      expect(targets).toEqual(own);
    }
  });

  it('lets JAO read the cache of the ARC, and write its own', () => {
    const mounts = (name: string) => (services[name]?.volumes ?? []).map(filled);
    expect(mounts('jao-replicated-cache')).toEqual([
      './data/jao-cache:/caches/jao',
      './data/eu-cache:/caches/eu:ro',
    ]);
    expect(mounts('jao-product-ingestor')).toEqual(['./data/jao-cache:/caches/jao']);
  });

  it('opens ports to this machine alone, each once', () => {
    const ports = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(ports.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
    expect(new Set(ports.map((port) => port.split(':')[1])).size).toBe(ports.length);
  });
});

describe('Compose files', () => {
  const files = ['compose', 'endpoint', 'handoff'].map((name) => join(repository, 'deploy', name));

  it.each(files)('%s has nothing that Compose v1 does not know', (directory) => {
    const content = parse(readFileSync(join(directory, 'docker-compose.yaml'), 'utf8'), {
      merge: true,
    });
    const known = /^(version|services|networks|volumes|secrets|configs|x-.*)$/;
    expect(Object.keys(content).filter((key) => !known.test(key))).toEqual([]);
  });

  const program = '/usr/bin/docker-compose';
  it.runIf(existsSync(program)).each(files)('%s is good for Compose v1 itself', (directory) => {
    const given = existsSync(join(directory, 'env.example'))
      ? readFileSync(join(directory, 'env.example'), 'utf8')
      : 'COUCHDB_PASSWORD=change-me';
    const entries = [...given.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value]) => [
      key,
      value,
    ]);
    const output = execFileSync(program, ['config'], {
      cwd: directory,
      env: { ...process.env, ...Object.fromEntries(entries) },
      encoding: 'utf8',
    });
    expect(output).toMatch(/^services:/);
  });
});
