import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scenarioJsonSchema } from '../../../mockup/simulator/cycle/json-schema.ts';
import { readScenario } from '../../../mockup/simulator/cycle/read-scenario.ts';
import { meanOf } from '../../../mockup/simulator/quantity/distribution.ts';

const examples = join(import.meta.dirname, '../../../examples/simulate');

describe('a bad scenario', () => {
  const cases: [name: string, text: string, lines: string[]][] = [
    ['an unknown key', 'reviewrs: 3', ['x.yaml: expected no key reviewrs; got a map']],
    [
      'an unknown key inside',
      'jao: { slotz: 3 }',
      ['x.yaml: jao: expected no key slotz; got a map'],
    ],
    [
      'a negative number',
      'jao: { slots: -2 }',
      ['x.yaml: jao.slots: expected a whole number from 0; got -2'],
    ],
    [
      'a count that is no whole number',
      'reviewers: 2.5',
      ['x.yaml: reviewers.count: expected a whole number from 0; got nothing'],
    ],
    [
      'impossible hours',
      'office: { hours: 20-8 }',
      ['x.yaml: office.hours: expected hours of which the first is earlier, up to 24; got "20-8"'],
    ],
    [
      'hours of a day that there are not',
      'office: { hours: 9-25 }',
      ['x.yaml: office.hours: expected hours of which the first is earlier, up to 24; got "9-25"'],
    ],
    [
      'a day that there is not',
      'start: 2019-02-30',
      ['x.yaml: start: expected a date such as 2019-10-01; got "2019-02-30"'],
    ],
    [
      'an outage that ends before it begins',
      'outages: [{ what: link, site: eu, from: 2020-02-01, to: 2020-01-01 }]',
      ['x.yaml: outages[0]: expected a date `to` that is after `from`; got a map'],
    ],
    [
      'a share and no slots',
      'eu: { slots: 0 }',
      ['x.yaml: eu.slots: expected at least 1 where eu.share is above 0 (8); got 0'],
    ],
    [
      'nobody who reviews',
      'reviewers: 0',
      ['x.yaml: reviewers.count: expected at least 1: without them nothing goes on; got 0'],
    ],
    [
      'a failure of every run',
      'runs: { failure: 1 }',
      ['x.yaml: runs.failure: expected a share below 1: no run ever ends well; got 1'],
    ],
  ];

  it.each(cases)('%s is told by key, expectation and value', (_, text, lines) => {
    expect(problemsOf(text)).toEqual(lines);
  });

  it.each([
    'runs: { time: 5 parsecs }',
    'runs: { time: { lognormal: { median: 5h, mean: 1h } } }',
    'runs: { time: { exceeded: { 0.9: 5h, 0.1: 1h } } }',
    'runs: { time: { uniform: [3h, 1h] } }',
    'runs: { time: -3h }',
  ])('%s: the key and the ways of writing are told', (text) => {
    const [line = '', ...more] = problemsOf(text);
    expect(more).toEqual([]);
    expect(line).toMatch(/^x\.yaml: runs\.time: expected a duration such as .*; got /);
  });
});

it('takes what is left out from the published figures', () => {
  const { runs, ous } = readScenario('', 'x.yaml');
  expect(meanOf(runs.time) / 3600).toBeGreaterThan(25);
  expect(meanOf(runs.time) / 3600).toBeLessThan(33);
  const arrays = Object.values(ous.arrays);
  const all = arrays.reduce((sum, { share }) => sum + share, 0);
  const raw_TB = arrays.reduce((sum, { share, raw }) => sum + share * meanOf(raw), 0) / all / 1e12;
  expect(raw_TB * 2927).toBeGreaterThan(70);
  expect(raw_TB * 2927).toBeLessThan(105);
});

it('reads all examples', () => {
  const names = readdirSync(examples).filter((name) => name.endsWith('.yaml'));
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) readScenario(readFileSync(join(examples, name), 'utf8'), name);
});

it('has its JSON schema beside the examples (draws simulate --schema)', () => {
  const text = readFileSync(join(examples, 'scenario.schema.json'), 'utf8');
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())));
});

it('says of each default where it comes from', () => {
  const unsaid: string[] = [];
  const look = (schema: Record<string, unknown>, path: string, isTold: boolean): void => {
    const { description, default: given, properties = {} } = schema;
    const told =
      isTold ||
      /(Default|default).*\((assumption|[^)]*\S[^)]*)\)|Default: /s.test(String(description));
    const children = Object.entries(properties as Record<string, Record<string, unknown>>);
    if (given !== undefined && children.length === 0 && !told) unsaid.push(path);
    for (const [key, child] of children) look(child, `${path}.${key}`, false);
  };
  look(scenarioJsonSchema() as Record<string, unknown>, '', false);
  expect(unsaid.filter((path) => path !== '.name')).toEqual([]);
});

function problemsOf(text: string): readonly string[] {
  try {
    readScenario(text, 'x.yaml');
  } catch (error) {
    return (error as { lines: readonly string[] }).lines;
  }
  return [];
}
