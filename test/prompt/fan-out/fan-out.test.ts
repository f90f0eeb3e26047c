// From one nextVisit for a pointing to one for each detector that takes part.

import { beforeEach, describe, expect, it } from 'vitest';
import { instrumentNamed } from '../../../mockup/core/prompt/instruments.ts';
import { readVisit, type Visit } from '../../../mockup/core/prompt/visit.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { readDetectorTable } from '../../../mockup/prompt/fan-out/detector-table.ts';
import { type FanOutPorts, fanOut } from '../../../mockup/prompt/fan-out/fan-out.ts';
import { pipelinesFor, readPipelineTable } from '../../../mockup/prompt/service/pipeline-table.ts';
import { makeGroup, pointingOf } from '../../../mockup/prompt/tester/night.ts';

/** As the scheduler publishes it. */
const pointing = {
  ...{ salIndex: 2, scriptSalIndex: 100_123, groupId: '2026-11-28T01:02:03.456' },
  ...{ coordinateSystem: 2, position: [12.5, -30.25], startTime: 1_764_300_000.5 },
  ...{ rotationSystem: 2, cameraAngle: 45.5, filters: 'SDSSr_65mm~empty', dome: 2 },
  ...{ duration: 35, nimages: 1, instrument: 'LATISS', survey: 'AUXTEL_PHOTO_IMAGING' },
  ...{ totalCheckpoints: 1, private_sndStamp: 1_764_299_990.1 },
};

let published: Visit[];
let refused: string[];
let expired: readonly Visit[];
let ports: FanOutPorts;

beforeEach(() => {
  published = [];
  refused = [];
  expired = [];
  ports = {
    log: silentLogger,
    publisher: {
      publish: async (topic, messages) => {
        expect(topic).toBe('nextVisit');
        for (const { data, attributes } of messages) {
          const visit = readVisit(JSON.parse(data.toString()));
          expect(attributes).toEqual({ instrument: visit.instrument });
          published.push(visit);
        }
      },
      close: async () => {},
    },
    detectors: readDetectorTable('{LATISS: all, LSSTCam: [0..8, 94, "200..204"], HSC: []}'),
    refuse: async (_id, reason) => void refused.push(reason),
    expired: async (visits) => {
      expired = visits;
    },
    expiry_s: 3600,
    now_ms: () => 10_000_000,
  };
});

const send = (given: unknown, published_ms = 10_000_000) =>
  fanOut(ports, { id: '1', data: Buffer.from(JSON.stringify(given)), published_ms });

describe('fan-out', () => {
  it('announces each detector that takes part', async () => {
    expect(await send({ ...pointing, instrument: 'LSSTCam', nimages: 2 })).toBe(15);
    expect(published.map(({ detector }) => detector)).toEqual([
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 94, 200, 201, 202, 203, 204],
    ]);
    expect(published[0]).toEqual({
      ...{ instrument: 'LSSTCam', detector: 0, group: '2026-11-28T01:02:03.456', snaps: 2 },
      ...{ filter: 'SDSSr_65mm~empty', ra: 12.5, dec: -30.25, rot: 45.5, kind: 'SURVEY' },
      ...{ survey: 'AUXTEL_PHOTO_IMAGING', duration: 35 },
    });
  });

  it('takes what the tester announces for a pointing', async () => {
    const camera = instrumentNamed('LATISS');
    const group = makeGroup(camera, 2026112800011, createSeededRandom('1'), { survey: 's' });
    expect(await send(pointingOf(group))).toBe(1);
    const [visit] = group.visits as [Visit];
    const { kind: _, ...pointed } = visit;
    expect(published[0]).toMatchObject(pointed);
  });

  it('drops what is old, and records it', async () => {
    expect(await send(pointing, 10_000_000 - 3_600_001)).toBe(0);
    expect([published, expired.map(({ detector }) => detector)]).toEqual([[], [0]]);
  });

  it.each([
    [{ ...pointing, coordinateSystem: 1 }],
    [{ ...pointing, nimages: 0 }],
    [{ ...pointing, instrument: 'HSC' }],
    [{ ...pointing, instrument: 'LSSTComCam' }],
  ])('announces nothing where there is nothing to see: %#', async (given) => {
    expect(await send(given)).toBe(0);
    expect([published, refused]).toEqual([[], []]);
  });

  it.each([
    [{ ...pointing, position: [1] }],
    [{ ...pointing, position: [1, 200] }],
    [{ ...pointing, coordinateSystem: 4 }],
    [{ ...pointing, groupId: '../x' }],
    [{ ...pointing, instrument: 'NoSuch' }],
    [{ ...pointing, duration: '35' }],
    [{}],
    [null],
    ['x'],
  ])('keeps what can not be read for a person to see: %#', async (given) => {
    expect(await send(given)).toBe(0);
    expect(refused).toHaveLength(1);
    expect(published).toEqual([]);
  });
});

it.each([
  ['LATISS: [1]', /0\.\.0/],
  ['LSSTCam: ["0..99999999999"]', /0\.\.204/],
  ['NoSuch: all', /no instrument/],
  ['LATISS: some', /detector table/],
  ['[', /no YAML/],
  ['a: &x [*x]', /./],
])('a table of detectors that is none is refused: %s', (text, reason) => {
  expect(() => readDetectorTable(text)).toThrow(reason);
});

describe('the table of pipelines', () => {
  const table = readPipelineTable(`
- survey: BLOCK-1
  pipelines: [ApPipe.yaml, Isr.yaml]
- survey: BLOCK-2
  pipelines:
- survey: ""
  pipelines: [Isr.yaml]
- survey: BLOCK-1
  pipelines: [Other.yaml]
`);

  it.each([
    ['BLOCK-1', 'ApPipe.yaml'],
    ['BLOCK-2', undefined],
    ['', 'Isr.yaml'],
    ['BLOCK-3', undefined],
    [undefined, undefined],
  ])('gives for survey %s the first match: %s', (survey, pipeline) => {
    expect(pipelinesFor(table, survey === undefined ? {} : { survey })[0]).toBe(pipeline);
  });

  it('has one that is for every survey, and without a table there is one pipeline', () => {
    const all = readPipelineTable('[{pipelines: [X.yaml]}]');
    expect(pipelinesFor(all, { survey: 'any' })).toEqual(['X.yaml']);
    expect(pipelinesFor(undefined, {})).toEqual(['ApPipe.yaml']);
  });

  it.each(['x', '{survey: a}', '[{survey: 7}]', '[{surveys: a}]', '[{pipelines: [""]}]', '- ['])(
    'is refused where it is none: %s',
    (text) => {
      expect(() => readPipelineTable(text)).toThrow(/PIPELINES_CONFIG/);
    },
  );
});
