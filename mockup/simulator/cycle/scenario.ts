// A scenario: what is observed, who works when, and what there is to work with. Each key says what it
// means, and where its default comes from: a source, or `assumption` where nothing is published.

import { z } from 'zod';
import type { Executive } from '../../core/executives.ts';
import { count, date, duration, durations, rate, share, sizes, weight } from './field-schemas.ts';
import { BIG_CUBES, GARCIA_YUS, NAKOS } from './published.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const HOURS = 'office hours such as 9-17';

/** `9-17` → hours of the day. */
const hours = z
  .string(HOURS)
  .regex(/^\d{1,2}-\d{1,2}$/, HOURS)
  .transform((text) => {
    const [from = 0, to = 0] = text.split('-').map(Number);
    return { from, to };
  })
  .refine(
    ({ from, to }) => from < to && to <= 24,
    'hours of which the first is earlier, up to 24',
  );

const office = z
  .strictObject({
    hours: hours
      .prefault('9-17')
      .describe('When people work, at their own site. Default: 9-17 (assumption).'),
    days: z
      .array(z.enum(DAYS, `days: ${DAYS.join(', ')}`))
      .min(1, 'at least one day')
      .default(['Mon', 'Tue', 'Wed', 'Thu', 'Fri'])
      .describe('On which days. Default: Mon to Fri (assumption).'),
  })
  .prefault({})
  .describe('Office hours of everybody.');

function site(defaults: {
  slots: number;
  share: number;
  reducers: number;
  utc: number;
  shareSource: string;
}) {
  return z
    .strictObject({
      slots: count
        .default(defaults.slots)
        .describe(
          `Pipeline runs at a time. Default: ${defaults.slots} (assumption: about 50 nodes in all ` +
            `are published, ${BIG_CUBES}, but not who has how many).`,
        ),
      share: weight
        .default(defaults.share)
        .describe(
          'How often OUSs are assigned to it, beside the others. ' +
            `Default: ${defaults.share} (${defaults.shareSource}).`,
        ),
      reducers: count
        .default(defaults.reducers)
        .describe(
          `People who reduce by hand and look after failed runs. Default: ${defaults.reducers} ` +
            `(about 60 data reducers in all: ${NAKOS}; their distribution is an assumption).`,
        ),
      utc: z
        .number('hours from -12 to 14')
        .min(-12, 'hours from -12 to 14')
        .max(14, 'hours from -12 to 14')
        .default(defaults.utc)
        .describe(`Its clock, in hours ahead of UTC. Default: ${defaults.utc} (geography).`),
      'to-jao': rate
        .prefault('1 Gbit/s')
        .describe('Link to JAO, shared by all transfers. Default: 1 Gbit/s (assumption).'),
      'from-jao': rate
        .prefault('1 Gbit/s')
        .describe('Link from JAO, shared by all transfers. Default: 1 Gbit/s (assumption).'),
    })
    .prefault({});
}

/** A number alone is their count. */
function people(many: number, task: string, source: string) {
  const full = z.strictObject({
    count: count.default(many).describe(`How many. Default: ${many} (assumption).`),
    task: durations.prefault(task).describe(`Working time for one. Default: ${task} (${source}).`),
  });
  return z
    .preprocess((given) => (typeof given === 'number' ? { count: given } : given), full)
    .prefault({});
}

const array = z.strictObject({
  share: weight.describe('How often it is observed with, beside the others.'),
  raw: sizes.describe('Raw data of one OUS.'),
  products: sizes.describe('Products of one OUS.'),
});

const ous = z
  .strictObject({
    count: count.default(100).describe('How many OUSs are observed. Default: 100 (assumption).'),
    file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'CSV with the columns progID and ousUID, instead of a count; made-up names without it.',
      ),
    shutdown: z
      .array(z.strictObject({ from: date, to: date }))
      .default([])
      .describe(
        'Dates without observations, as the maintenance in February. Default: none (assumption).',
      ),
    staging: durations
      .prefault({ lognormal: { median: '1d', mean: '2d' } })
      .describe(
        'From the last QA0 pass to ReadyForProcessing. Default: lognormal, median 1d, mean 2d (assumption).',
      ),
    manual: share
      .default(0.1)
      .describe(`Share reduced by hand. Default: 0.1 (${GARCIA_YUS}, Cycle 7).`),
    arrays: z
      .record(z.string(), array)
      .refine(
        (all) => Object.values(all).some((one) => one.share > 0),
        'an array with a share above 0',
      )
      .prefault({
        '12m': {
          share: 0.55,
          raw: { lognormal: { median: '16.9 GB', mean: '53 GB', most: '1673 GB' } },
          products: { lognormal: { median: '8.8 GB', mean: '380 GB', most: '20 TB' } },
        },
        '7m': {
          share: 0.38,
          raw: { lognormal: { median: '0.93 GB', mean: '2 GB' } },
          products: { lognormal: { median: '0.27 GB', mean: '5 GB' } },
        },
        TP: {
          share: 0.07,
          raw: { lognormal: { median: '0.93 GB', mean: '2 GB' } },
          products: { lognormal: { median: '0.27 GB', mean: '5 GB' } },
        },
      })
      .describe(
        `Sizes by array. Default: medians and the largest of 12m and 7m from ${BIG_CUBES}, ` +
          'TP 210 of 2,927; the share of 12m and the means are an assumption, such that the sums ' +
          'of a cycle come near the published 88.7 TB and 622 TB.',
      ),
  })
  .prefault({});

const runs = z
  .strictObject({
    time: durations
      .prefault('alma-run-times')
      .describe(
        `Of a Pipeline run. Default: alma-run-times (Cycles 7 and 8, digitised: ${BIG_CUBES}).`,
      ),
    failure: share
      .default(0.1)
      .describe(
        "Share of Pipeline runs that fail. Default: 0.1 (assumption: the mockup's own; no published figure).",
      ),
    manual: durations
      .prefault({ lognormal: { median: '16h', mean: '24h' } })
      .describe(
        'Working time of a reduction by hand. Default: lognormal, median 16h, mean 24h (assumption).',
      ),
    problem: durations
      .prefault('2h')
      .describe(
        'Working time on a failed run, before it is queued again. Default: 2h (assumption).',
      ),
  })
  .prefault({});

const qa2 = z
  .strictObject({
    pass: weight.default(0.85).describe('Default: 0.85 (assumption).'),
    semipass: weight.default(0.1).describe('Default: 0.1 (assumption).'),
    fail: weight.default(0.05).describe('Back to ReadyForProcessing. Default: 0.05 (assumption).'),
  })
  .refine(
    ({ pass, semipass }) => pass + semipass > 0,
    'a pass or semipass above 0: else nothing is ever delivered',
  )
  .prefault({})
  .describe('How often a review ends in what; only proportions count.');

const outage = z
  .strictObject({
    what: z
      .enum(['link', 'cluster', 'people'], 'link, cluster or people')
      .describe('The link with JAO, the batch system, or everybody at the site is away.'),
    site: z.enum(['jao', 'ea', 'eu', 'na'], 'one of jao, ea, eu, na'),
    from: date,
    to: date,
  })
  .refine(({ from, to }) => from < to, 'a date `to` that is after `from`')
  .refine(({ what, site }) => what !== 'link' || site !== 'jao', 'a link of ea, eu or na');

const cost = z
  .strictObject({
    slot: weight.default(1).describe('A slot of any site. Default: 1 (assumption).'),
    person: weight.default(4).describe('One of any people. Default: 4 (assumption).'),
    'gbit/s': weight.default(2).describe('Of any link. Default: 2 (assumption).'),
  })
  .prefault({})
  .describe(
    'What one more of each costs, in units of your choice; the cheapest setting has the least sum.',
  );

const SHARES = `about 80 % at JAO in Cycle 7: ${GARCIA_YUS}; the rest is an assumption`;

export const scenarioSchema = z.strictObject({
  name: z.string().min(1).max(100).default('a cycle').describe('Shown in reports.'),
  description: z.string().max(2000).optional(),
  seed: z
    .union([z.string().min(1).max(100), z.int()], 'a text or a whole number')
    .default(1)
    .transform(String)
    .describe('All chance follows from it. Default: 1 (any will do).'),
  start: date.default('2019-10-01').describe('First day. Default: 2019-10-01 (begin of Cycle 7).'),
  duration: duration
    .prefault('365d')
    .describe(
      'How long it is observed, evenly outside of shutdowns. Default: 365d (a cycle is a year).',
    ),
  patience: duration
    .prefault('365d')
    .describe('How long the rest is waited for after that. Default: 365d (assumption).'),
  ous,
  runs,
  qa2,
  office,
  assigners: people(2, '10min', 'assumption').describe('People at JAO who assign OUSs (DRA).'),
  reviewers: people(10, '2h', 'assumption: no review times are published').describe(
    'People at JAO who review (QA2).',
  ),
  jao: site({ slots: 16, share: 80, reducers: 24, utc: -4, shareSource: SHARES }),
  ea: site({ slots: 4, share: 5, reducers: 12, utc: 9, shareSource: SHARES }),
  eu: site({ slots: 4, share: 8, reducers: 12, utc: 1, shareSource: SHARES }),
  na: site({ slots: 4, share: 7, reducers: 12, utc: -5, shareSource: SHARES }),
  'replication-delay': duration
    .prefault('1min')
    .describe('From a write at one site to its arrival at another. Default: 1min (assumption).'),
  outages: z
    .array(outage)
    .default([])
    .describe('What is away from one date to another. Default: none (assumption).'),
  cost,
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioInput = z.input<typeof scenarioSchema>;

export const sites = ['jao', 'ea', 'eu', 'na'] as const;
export type Site = (typeof sites)[number];

export function executiveOf(site: Site): Executive {
  return site.toUpperCase() as Executive;
}

export function siteOf(executive: Executive): Site {
  return executive.toLowerCase() as Site;
}
