// Bodies as they come from other processes: good ones pass with what they hold beyond the wire
// format, and bad ones become an error that names the field.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../../mockup/core/errors.ts';
import {
  cachedBody,
  ingestBody,
  parseBody,
  pipelineProcessBody,
  pipelineReportBody,
  xtssRequest,
} from '../../../mockup/core/messages/message-bodies.ts';

const ousUID = 'uid://X1/X1/Xb0';
const timestamp = '2018-07-19T07:10:03.781';
const productsDir = '2015.1.00657.S_2018_07_19T07_10_03.781';

const kinds = [
  {
    name: 'xtss',
    schema: xtssRequest,
    good: { operation: 'set-state', ousUID, value: 'Processing' },
    bad: { ousUID: 'uid:///..', value: 7, cause: 'x'.repeat(301), since: 'yesterday' },
  },
  {
    name: 'pipeline.process.EU',
    schema: pipelineProcessBody,
    good: { ousUID, recipe: 'PipelineImaging', progID: '2015.1.00657.S' },
    bad: { ousUID: 'X1', recipe: null, progID: '../2015', since: 3 },
  },
  {
    name: 'cached.JAO',
    schema: cachedBody,
    good: { fileType: 'weblog', cachedAt: 'EU', name: 'weblog-X1-X1-Xb0-2018.zip' },
    bad: { fileType: 'film', cachedAt: 'XX', name: '../../etc/passwd' },
  },
  {
    name: 'pipeline.report.JAO',
    schema: pipelineReportBody,
    good: { ousUID, timestamp, source: 'EU', report: 'PHhtbC8+', productsDir },
    bad: { ousUID: '', timestamp: '2018', source: 3, report: '<xml/>', productsDir: 'a/b' },
  },
  {
    name: 'ingest.JAO',
    schema: ingestBody,
    good: { ousUID, timestamp, productsDir },
    bad: { ousUID: 'uid', timestamp: 'T', productsDir: '.hidden' },
  },
];

describe.each(kinds)('$name', ({ name, schema, good, bad }) => {
  test('passes as it is, with fields of other writers', () => {
    const body = { ...good, comment: 'mine' };
    expect(parseBody(schema as never, name, body)).toEqual(body);
  });

  test.each(Object.entries(bad))('names the field %s that is bad', (field, value) => {
    const parse = () => parseBody(schema as never, name, { ...good, [field]: value });
    expect(parse).toThrow(InvalidInputError);
    expect(parse).toThrow(new RegExp(`bad ${name} message: "${field}"`));
  });

  test.each(Object.keys(good))('misses %s', (field) => {
    const body = Object.fromEntries(Object.entries(good).filter(([key]) => key !== field));
    expect(() => parseBody(schema as never, name, body)).toThrow(`"${field}"`);
  });

  test('refuses anything else with an InvalidInputError', () => {
    fc.assert(
      fc.property(fc.anything(), (body) => {
        expect(() => parseBody(schema as never, name, body)).toThrow(InvalidInputError);
      }),
    );
  });
});
