import { beforeEach, describe, expect, it } from 'vitest';
import { createPipeline, type PipelineOptions } from '../../../mockup/actors/pipeline/pipeline.ts';
import { makeWeblogPage } from '../../../mockup/actors/pipeline/weblog.ts';
import { readZip } from '../../../mockup/platform/files/zip.ts';
import { flatten } from '../../../mockup/simulator/files/file-tree.ts';
import { Line, ousUid, progId } from '../helpers/line.ts';

const timestamp = '2018-07-19T07:10:03.781';
const products = '2015.1.00657.S_2018_07_19T07_10_03.781/SOUS/GOUS/uid___X1_X1_Xb0/products';
const weblog = `weblog-X1-X1-Xb0-${timestamp}`;

let line: Line;

beforeEach(async () => {
  line = await Line.start();
});

async function run(options: Partial<PipelineOptions> = {}): Promise<number> {
  const { ports } = line.process('pipeline');
  const pipeline = createPipeline(ports, {
    ...{ progId, ousUid, recipe: 'PipelineImaging', directory: '/run', failureRate: 0 },
    ...{ timestamp, seed: 'a seed' },
    ...options,
  });
  return line.finish(await line.run(pipeline));
}

const written = (directory: string) => flatten(line.tree.require(directory));

describe('the pipeline', () => {
  it('writes report, products and weblog', async () => {
    expect(await run()).toBe(0);
    expect(await line.paths('/run')).toEqual([
      `${products}/pl-report-X1-X1-Xb0-${timestamp}.xml`,
      ...[0, 1, 2, 3, 4].map((n) => `${products}/product-${n}-X1-X1-Xb0-${timestamp}.data`),
      `${products}/${weblog}.zip`,
    ]);
    for (const [name, content] of written('/run')) {
      if (!name.endsWith('.data')) continue;
      expect(content.length).toBeGreaterThanOrEqual(4 * 1024);
      expect(content.length).toBeLessThanOrEqual(32 * 1024);
    }
  });

  it('packs the weblog as one folder of its own name', async () => {
    await run();
    const entries = readZip(await line.files.read(`/run/${products}/${weblog}.zip`));
    expect(entries.map(({ name }) => name)).toEqual([`${weblog}/index.html`]);
    const page = Buffer.from(entries[0]?.content ?? []).toString();
    expect(page).toContain('uid://X1/X1/Xb0');
    expect(page).toContain('Calibration');
    expect(page).toContain(`product-4-X1-X1-Xb0-${timestamp}.data`);
    expect(page).not.toMatch(/(src|href)=/);
  });

  it('writes the same bytes for the same run, and others for another', async () => {
    await run({ directory: '/first' });
    await run({ directory: '/second' });
    await run({ directory: '/third', seed: 'another seed' });
    expect(written('/second')).toEqual(written('/first'));
    expect([...written('/third').keys()]).toEqual([...written('/first').keys()]);
    expect(written('/third')).not.toEqual(written('/first'));
  });

  it('takes three to eight seconds times the pace', async () => {
    const durations = async (pace: number) => {
      line.pace = pace;
      const found: number[] = [];
      for (let seed = 0; seed < 20; seed++) {
        const start_ms = line.clock.now();
        await run({ seed: String(seed) });
        found.push(line.clock.now() - start_ms);
      }
      return found;
    };
    const usual = await durations(1);
    expect(Math.min(...usual)).toBe(3000);
    expect(Math.max(...usual)).toBe(8000);
    expect(await durations(0)).toEqual(usual.map(() => 0));
    expect(await durations(0.5)).toEqual(usual.map((duration) => duration / 2));
  });

  it('fails as often as it is told to, with exit code 2 and nothing written', async () => {
    expect(await run({ failureRate: 1 })).toBe(2);
    expect(await line.files.stat('/run')).toBeUndefined();
    line.pace = 0;
    let failed = 0;
    for (let seed = 0; seed < 300; seed++) {
      const exitCode = await run({
        ...{ seed: String(seed), failureRate: 0.1, productSize_bytes: 100 },
        directory: '/many',
      });
      if (exitCode === 2) failed++;
    }
    expect(failed).toBeGreaterThan(10);
    expect(failed).toBeLessThan(60);
  });

  it('makes products of the wanted size', async () => {
    await run({ productSize_bytes: 2_000_000 });
    const content = await line.files.read(
      `/run/${products}/product-3-X1-X1-Xb0-${timestamp}.data`,
    );
    expect(content).toHaveLength(2_000_000);
  });

  it('run by hand takes the present time', async () => {
    await run({ timestamp: undefined, seed: undefined });
    expect((await line.paths('/run'))[0]).toMatch(/^2015.1.00657.S_2026_01_05T00_00_00.000\//);
  });

  it('refuses names that lead elsewhere', async () => {
    await expect(run({ progId: '..' })).rejects.toThrow('not a project code');
    await expect(run({ ousUid: 'uid://../x' })).rejects.toThrow('not an OUS UID');
  });
});

it('keeps text in the weblog from becoming markup', () => {
  const report = {
    ...{ progId, ousUid, timestamp, recipe: '<script>alert(1)</script>' },
    processingTime_s: 5,
    topics: [{ topic: 'Imaging' as const, score: 0.5, reason: '"><img onerror=x>' }],
  };
  const page = makeWeblogPage(report, [{ name: '<b>.data', size_bytes: 7 }]);
  expect(page).not.toMatch(/<script|<img|<b>/);
  expect(page).toContain('&lt;b&gt;.data');
});
