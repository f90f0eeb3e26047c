import { describe, expect, it } from 'vitest';
import { focalPlane } from '../../../mockup/core/prompt/focal-plane.ts';
import { imageName, readImageName } from '../../../mockup/core/prompt/image-name.ts';
import { instrumentNamed } from '../../../mockup/core/prompt/instruments.ts';
import { readVisit } from '../../../mockup/core/prompt/visit.ts';
import { isToken, readEnvelope } from '../../../mockup/prompt/service/envelope.ts';
import { exposureId } from '../../../mockup/prompt/tester/night.ts';

const visit = {
  instrument: 'LATISS',
  detector: 0,
  group: '2026112800011',
  snaps: 1,
  filter: 'r',
  ra: 10,
  dec: -20,
  rot: 5,
  kind: 'SURVEY',
};

const envelope = (data: unknown, more: object = {}) => ({
  message: { data: Buffer.from(JSON.stringify(data)).toString('base64'), ...more },
  subscription: 'projects/p/subscriptions/s',
});

describe('a visit', () => {
  it('takes numbers as text and groups as numbers, as publishers send them', () => {
    const read = readVisit({ ...visit, detector: '0', snaps: '1', group: 2026112800011 });
    expect(read).toEqual(visit);
  });

  it.each([
    [{ ...visit, detector: -1 }],
    [{ ...visit, detector: '1e3' }],
    [{ ...visit, group: '../..' }],
    [{ ...visit, filter: 'a/b' }],
    [{ ...visit, ra: 'NaN' }],
    [{ ...visit, snaps: undefined }],
    [null],
    [[]],
  ])('is refused where a field does not fit: %o', (given) => {
    expect(() => readVisit(given)).toThrow(/^nextVisit: /);
  });

  it('is read from an envelope, with the time of its publication', () => {
    const publishTime = '2026-11-28T01:02:03.004Z';
    const read = readEnvelope(envelope(visit, { messageId: '1', publishTime }));
    expect(read).toEqual({ visit, published_ms: Date.parse(publishTime) });
  });

  it.each([[undefined], [{}], [{ message: {} }], [{ message: { data: '%%%' } }], [envelope('x')]])(
    'is refused in an envelope that is none: %o',
    (body) => {
      expect(() => readEnvelope(body)).toThrow();
    },
  );
});

describe('a token', () => {
  it.each([
    ['secret', true],
    ['secre', false],
    ['', false],
    [undefined, false],
    [['secret'], false],
  ])('%o', (given, good) => {
    expect(isToken(given, 'secret')).toBe(good);
  });
});

describe('names of images', () => {
  it('are read as they are written, and others are none', () => {
    const image = {
      instrument: 'LATISS',
      detector: 3,
      group: 'g1',
      snap: 1,
      exposureId: '17',
      filter: 'r',
    };
    expect(imageName(image)).toBe('LATISS/3/g1/1/17/r/LATISS-g1-1-17-r-3.fz');
    expect(readImageName(imageName(image))).toEqual(image);
    for (const name of ['LATISS/3/g1/1/17/r/a.json', 'LATISS/x/g1/1/17/r/a.fz', 'a.fz', '']) {
      expect(readImageName(name)).toBeUndefined();
    }
  });

  it('number exposures as the tester of the prototype does', () => {
    expect(exposureId('2026112800011', 2, 1)).toBe('2026112800023');
  });
});

describe('a focal plane', () => {
  it.each([
    ['LSSTCam', 205],
    ['LSSTComCam', 9],
    ['LATISS', 1],
  ])('of %s has %i detectors, each at a place of its own', (name, count) => {
    const places = focalPlane(name);
    expect(places.map(({ detector }) => detector)).toEqual(
      Array.from({ length: count }, (_, n) => n),
    );
    expect(new Set(places.map(({ x, y }) => `${x}/${y}`)).size).toBe(count);
    expect(instrumentNamed(name).detectors).toBe(count);
  });

  it('of LSSTCam has its raft in the middle at detectors 90 to 98', () => {
    const middle = focalPlane('LSSTCam').filter(({ name }) => name.startsWith('R22_'));
    expect(middle.map(({ detector }) => detector)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98]);
    expect(middle[4]).toMatchObject({ x: 0, y: 0 });
  });
});
