// Configurations: those of the Python manager as they are, and one line for each thing wrong.

import { describe, expect, it } from 'vitest';
import { readConfiguration, toPattern } from '../../../../mockup/dbb/handoff/configuration.ts';
import { couchUrlOf } from '../../../../mockup/dbb/records/database-settings.ts';

const GOOD = `
handoff: {buffer: /b, holding: /h}
endpoint: {user: me, host: there, buffer: /e}
`;

const read = (text: string) => readConfiguration(text, 'c.yaml');

describe('a configuration', () => {
  it('of the Python manager is good but for its engine', () => {
    const text = `
database:
  engine: "couchdb://localhost:5984"
  echo: false
  pool_type: QueuePool
handoff: {buffer: /data/buffer, holding: /data/holding}
endpoint:
  user: jdoe
  host: example.edu
  buffer: /data/buffer
  staging: /data/staging
  storage: /data/storage
  commands:
    remote: "ssh {user}@{host} \\"{command}\\""
    transfer: "scp -Bq {file} {user}@{host}:{dest}"
logging:
  format: "%(asctime)s:%(name)s:%(levelname)s:%(message)s"
  file: null
  level: INFO
  rotate: null
  when: 'H'
  interval: 1
  maxbytes: 0
  backup_count: 0
general:
  chunk_size: 1
  timeout: null
  num_threads: 1
  expiration_time: 86400
  pause: 1
  exclude_list:
     # - '\\.temp'
`;
    const configuration = read(text);
    expect(configuration.general.chunk_size).toBe(1);
    expect(configuration.commands.bulk).toBeDefined();
    expect(configuration.remarks).toEqual([]);
  });

  it('of the Python manager may have its commands under `command`, and a format without quotes', () => {
    const text = `
database: {engine: "sqlite:////var/lib/records.db", echo: false, pool_type: QueuePool}
handoff: {buffer: /data/buffer, holding: /data/holding}
endpoint:
  user: me
  host: there
  buffer: /data/buffer
  staging: /data/staging
  command:
    remote: "ssh {user}@{host} \\"{command}\\""
    transfer: "bbcp -T \\"ssh -a %4 %I -l %U %H /bin/bbcp\\" -s 4 {batch} {user}@{host}:{dest}"
logging:
  format: %(asctime)s:%(name)s:%(levelname)s:%(message)s
  file: hdfmgr.log
`.replaceAll('\\\\', '\\');
    const { logging, commands, endpoint } = read(text);
    expect(logging.format).toBe('%(asctime)s:%(name)s:%(levelname)s:%(message)s');
    expect(commands.source).toBe('batch');
    expect(endpoint).not.toHaveProperty('command');
  });

  it('may leave out all but what must be known', () => {
    const configuration = read(GOOD);
    expect(configuration.database.tablenames).toEqual({
      file: 'handoff-files',
      batch: 'handoff-batches',
    });
    expect(configuration.endpoint.verify).toBe('size');
    expect(configuration.general).toMatchObject({ num_threads: 2, pause: 1, settle: 0 });
  });

  it.each([
    ['handoff: {holding: /h}\nendpoint: {buffer: /e}', 'handoff.buffer: expected a directory'],
    [GOOD.replace('/b,', '3,'), 'handoff.buffer: expected a directory; got 3'],
    [`${GOOD}general: {chunk_size: ten}`, 'general.chunk_size: expected a whole number, 1 or'],
    [`${GOOD}general: {chunk: 3}`, 'general.chunk: expected one of the keys chunk_size, '],
    [`${GOOD}generl: {}`, 'generl: expected one of the keys database, handoff, endpoint'],
    [`${GOOD}general: {exclude_list: ['(']}`, 'exclude_list[0]: expected a regular expression'],
    [`${GOOD}database: {engine: "sqlite://"}`, 'database.engine: expected sqlite:///PATH'],
    [`${GOOD}database: {engine: "sqlite:///:memory:"}`, 'expected sqlite:///PATH'],
    [`${GOOD}database: {engine: "files"}`, 'database.engine: expected couchdb://'],
    [
      `${GOOD}database: {engine: "postgresql://me:hidden@host/db"}`,
      'no postgres server (records are documents; for queries in SQL there is endmgr export --sql)',
    ],
    [GOOD.replace('/e}', '/e, command: x}'), 'endpoint.command: expected a parameter of another'],
    [GOOD.replace('/e}', '/e, command: {remot: x}}'), 'endpoint.commands.remot: expected one of'],
    [`${GOOD}logging: {level: LOUD}`, 'logging.level: expected one of DEBUG, INFO'],
    [GOOD.replace('user: me, ', ''), 'endpoint.user to be defined, because {user} is used'],
    [
      GOOD.replace('}\n', ', verify: maybe}\n')
        .replace('/h, verify: maybe', '/h')
        .replace('/e}', '/e, verify: maybe}'),
      'endpoint.verify: expected one of none, size',
    ],
    [GOOD.replace('/e}', '/e, file: x}'), 'endpoint.file: expected a parameter of another name'],
    [GOOD.replace('/e}', '/e, commands: {remote: ssh x}}'), 'expected {command} in it'],
    [GOOD.replace('/e}', '/e, commands: {transfer: "scp {dest}"}}'), 'one of {file} and {batch}'],
    [GOOD.replace('/e}', '/e, commands: {transfer: "scp {file}"}}'), 'expected {dest} in it'],
    [
      GOOD.replace('/e}', '/e, commands: {remote: "ssh \'{command}"}}'),
      'that a shell could split',
    ],
    ['handoff: [', 'expected YAML'],
  ])('with a fault is refused with key and expectation: %s', (text, message) => {
    expect(() => read(text)).toThrow(message);
    try {
      read(text);
    } catch (error) {
      expect((error as Error).message).toMatch(/^c\.yaml: /);
      expect((error as Error).message).not.toContain('\n');
      expect((error as Error).message).not.toContain('hidden');
    }
  });

  it('gives the address of CouchDB without guessing', () => {
    expect(couchUrlOf('couchdb://localhost')).toBe('http://localhost:5984');
    expect(couchUrlOf('couchdb://me:p%40ss@host:1234')).toBe('http://me:p%40ss@host:1234');
    expect(couchUrlOf('couchdbs://host')).toBe('https://host:6984');
    expect(couchUrlOf('couchdbs://host:443')).toBe('https://host');
  });

  it('may have patterns as Python writes them', () => {
    expect(new RegExp(toPattern('(?i)\\.TMP$')).test('a.tmp')).toBe(true);
    expect(new RegExp(toPattern('(?P<name>x)')).exec('x')?.groups?.name).toBe('x');
  });
});
