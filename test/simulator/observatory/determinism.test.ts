import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const draws = join(import.meta.dirname, '../../../mockup/cli/draws.mjs');
const scenario = join(import.meta.dirname, 'small.yaml');

it('the same seed gives the same bytes, whatever time zone and language the machine has', async () => {
  const places = [
    { TZ: 'UTC', LANG: 'C', LC_ALL: 'C' },
    { TZ: 'Asia/Tokyo', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
  ];
  const outputs = await Promise.all(
    places.map(async (place) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [draws, 'simulate', scenario, '--json'],
        { env: { ...process.env, ...place }, maxBuffer: 1e8 },
      );
      return stdout;
    }),
  );
  expect(outputs[0]).toBe(outputs[1]);
  expect(JSON.parse(outputs[0] as string)).toMatchObject({ ouss: 25, delivered: 25 });
}, 120_000);
