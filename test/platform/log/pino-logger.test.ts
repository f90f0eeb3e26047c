import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  createPinoLogger,
  type PinoLoggerOptions,
} from '../../../mockup/platform/log/pino-logger.ts';

function makeLogger(options: Partial<PinoLoggerOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createPinoLogger({ name: 'xtss', destination, ...options });
  return { log, lines, entries: () => lines.map((line) => JSON.parse(line)) };
}

it('writes one JSON object per line', () => {
  const { log, lines, entries } = makeLogger();
  log.info({ ousUid: 'uid://X1/X1/Xb0' }, 'state is Processing');
  log.warn({}, 'second');
  expect(
    lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1),
  ).toBe(true);
  expect(entries()).toMatchObject([
    { level: 30, name: 'xtss', ousUid: 'uid://X1/X1/Xb0', msg: 'state is Processing' },
    { level: 40, msg: 'second' },
  ]);
  expect(entries()[0].time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

it('keeps to its level, also in children', () => {
  const { log, entries } = makeLogger({ level: 'warn' });
  log.debug({}, 'no');
  log.child({ ousUid: 'a' }).info({}, 'no');
  log.child({ ousUid: 'a' }).error({}, 'yes');
  expect(entries()).toMatchObject([{ msg: 'yes', ousUid: 'a' }]);
});

it('says what an error is', () => {
  const { log, entries } = makeLogger();
  log.error({ error: new RangeError('too far', { cause: new Error('the root') }) }, 'failed');
  expect(entries()[0].error).toMatchObject({ type: 'RangeError' });
  expect(entries()[0].error.message).toContain('too far');
});

it('shows no credential of a URL, wherever it stands', () => {
  const { log, lines } = makeLogger();
  const url = 'http://admin:s3cr3t@localhost:5984/db';
  log.info({ url, deep: { list: [url] } }, `connecting to ${url}`);
  log.error({ error: new Error(`no answer from ${url}`) }, 'failed');
  log.child({ server: url }).info({}, 'http://admin:s3@cr3t@host and ftp://s3cr3t@other');
  const text = lines.join('');
  expect(text).not.toContain('s3cr3t');
  expect(text).not.toContain('cr3t');
  expect(text).toContain('http://***@localhost:5984/db');
});

it('leaves addresses without credentials and mail addresses alone', () => {
  const { log, entries } = makeLogger();
  const message = 'see http://localhost:5984/_utils or arc-user@arc-host:/tmp';
  log.info({}, message);
  expect(entries()[0].msg).toBe(message);
});

it('shows no value of a field that holds a secret', () => {
  const { log, lines } = makeLogger();
  const secret = 'open-sesame';
  log.info({ password: secret, headers: { Authorization: secret, cookie: [secret] } }, 'a');
  log.child({ password: secret }).info({ list: [{ 'Set-Cookie': secret }] }, 'b');
  const request = { headers: { authorization: secret } };
  log.error({ error: Object.assign(new Error('refused'), { request }) }, 'c');
  expect(lines.join('')).not.toContain(secret);
  expect(lines.join('')).toContain('refused');
  expect(lines.join('')).toContain('***');
});

it('does not change the fields that it was given', () => {
  const { log } = makeLogger();
  const fields = { password: 'p', nested: { cookie: 'c' } };
  log.info(fields, 'x');
  expect(fields).toEqual({ password: 'p', nested: { cookie: 'c' } });
});

it('writes readable lines where asked', () => {
  const { log, lines } = makeLogger({ pretty: true });
  log.info({ ousUid: 'uid://X1/X1/Xb0' }, 'state is Processing');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('state is Processing');
  expect(lines[0]).toContain('uid://X1/X1/Xb0');
  expect(() => JSON.parse(lines[0] ?? '')).toThrow();
});

it('writes all lines of a process that ends at once, to the stream it was told', () => {
  const module = join(import.meta.dirname, '../../../mockup/platform/log/pino-logger.ts');
  const code = `
    import { createPinoLogger } from ${JSON.stringify(module)};
    const log = createPinoLogger({ name: 'x', destination: 'stderr' });
    for (let i = 0; i < 3000; i++) log.info({ i }, 'line');
    process.exit(7);`;
  const ended = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    maxBuffer: 10_000_000,
  });
  expect(ended.status).toBe(7);
  expect(ended.stdout).toBe('');
  expect(ended.stderr.trim().split('\n')).toHaveLength(3000);
});
