import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { Logger } from '../../../mockup/platform/log/logger.ts';
import { LINE_LENGTH_MAX } from '../../../mockup/platform/process/bounded-lines.ts';
import { createProgramOutput } from '../../../mockup/platform/process/program-output.ts';

type Entry = { level: string; fields: object; message: string };

async function outputOf(chunks: (string | Uint8Array)[]) {
  const logged: Entry[] = [];
  const keep = (level: string) => (fields: object, message: string) => {
    logged.push({ level, fields, message });
  };
  const log: Logger = {
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    child: () => log,
  };
  const output = createProgramOutput(log);
  const stream = new PassThrough();
  output.follow(stream, 'stderr');
  const ended = new Promise((resolve) => stream.once('end', resolve));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await ended;
  return { logged, lastLines: output.lastLines };
}

it('puts lines together from pieces, also in the middle of a letter', async () => {
  const bytes = Buffer.from('erste Zeile für uns\r\nzweite', 'utf8');
  const cut = bytes.indexOf(0xbc);
  const { lastLines } = await outputOf([bytes.subarray(0, cut), bytes.subarray(cut)]);
  expect(lastLines).toEqual(['erste Zeile für uns', 'zweite']);
});

it('logs each line with the stream that it came from', async () => {
  const { logged } = await outputOf(['one\n\ntwo\n']);
  expect(logged).toEqual([
    { level: 'info', fields: { stream: 'stderr' }, message: 'one' },
    { level: 'info', fields: { stream: 'stderr' }, message: 'two' },
  ]);
});

it('cuts long lines and goes on with the next one', async () => {
  const { lastLines } = await outputOf(['x'.repeat(5000), 'x'.repeat(5000), '\nnext\n']);
  expect(lastLines).toEqual(['x'.repeat(LINE_LENGTH_MAX), 'next']);
});

it("takes over the level and fields of this product's own log", async () => {
  const entry = { level: 40, time: 'T', pid: 1, name: 'pipeline', ousUid: 'uid://X', msg: 'slow' };
  const { logged, lastLines } = await outputOf([`${JSON.stringify(entry)}\n`]);
  expect(logged).toEqual([{ level: 'warn', fields: { ousUid: 'uid://X' }, message: 'slow' }]);
  expect(lastLines).toEqual(['slow']);
});

it.each(['{"level":40', '{"level":"x","msg":"y"}', '{"level":40,"msg":7}'])(
  'treats %s as an ordinary line',
  async (line) => {
    const { lastLines } = await outputOf([`${line}\n`]);
    expect(lastLines).toEqual([line]);
  },
);
