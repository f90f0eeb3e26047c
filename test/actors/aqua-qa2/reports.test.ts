// The background of AQUA: reports that arrive are stored, once; and what a person sees of them.

import { describe, expect, test } from 'vitest';
import type { ReportDocument } from '../../../mockup/actors/aqua-qa2/pipeline-reports.ts';
import { reportText, weblogUrl } from '../../../mockup/actors/aqua-qa2/report-text.ts';
import { PIPELINE_REPORT_SELECTOR } from '../../../mockup/core/messages/selectors.ts';
import { completedRunCause } from '../../../mockup/core/products/completed-run.ts';
import { createJaoWorld, type JaoWorld, PROG_ID, pythonOus, UID } from '../jao-world.ts';
import {
  aqua,
  ingests,
  recipe,
  reportBody,
  reports,
  reportXml,
  robot,
  sendReport,
  setState,
  startReviewing,
} from './aqua-world.ts';

const timestamp = '2026-01-05T00:01:02.345';

function reportDocument(xml = reportXml(UID, timestamp)): ReportDocument {
  const { report: _, ...fields } = reportBody(timestamp);
  return { ...fields, _id: 'x', encodedReport: Buffer.from(xml).toString('base64') };
}

test('a report is stored as the wire format says', async () => {
  const world = await createJaoWorld();
  await sendReport(world, timestamp);
  world.startActor(aqua({}));
  await world.runUntil(() => reports(world).length === 1);
  const { report, ...fields } = reportBody(timestamp);
  expect(reports(world)).toEqual([
    {
      ...fields,
      _id: '2026-01-05T00_01_02.345.uid___X1_X1_Xb0',
      _rev: expect.any(String),
      encodedReport: report,
    },
  ]);
});

test('a report that comes twice is stored once', async () => {
  const world = await createJaoWorld();
  world.startActor(robot());
  for (const time of [timestamp, timestamp, '2026-01-05T00:09:00.000']) {
    await sendReport(world, time);
  }
  await world.clock.runFor(10_000);
  expect(reports(world)).toHaveLength(2);
  expect(world.messages(PIPELINE_REPORT_SELECTOR).every(({ consumed }) => consumed)).toBe(true);
});

test('a bad report is dead at once, and the next is stored', async () => {
  const world = await createJaoWorld();
  const actor = world.startActor(aqua({}));
  const good = reportBody(timestamp);
  const bad = [null, [], { ...good, report: '<xml>' }, { ...good, productsDir: '../..' }];
  for (const body of bad) {
    await world.as('x', (ports) => ports.bus.send(PIPELINE_REPORT_SELECTOR, body));
  }
  await sendReport(world, timestamp);
  await world.runUntil(() => reports(world).length === 1);
  await world.clock.runFor(10_000);
  const states = world.messages(PIPELINE_REPORT_SELECTOR).map(({ delivery }) => delivery?.state);
  expect(states.toSorted()).toEqual(['dead', 'dead', 'dead', 'dead', 'done']);
  expect(actor.restarts).toBe(0);
});

describe('of two runs of one assignment', () => {
  const later = '2026-01-05T00:09:00.000';
  const run = (attempt: number) => ({ assignment: 'one', attempt });
  const send = (world: JaoWorld, time: string, attempt: number) =>
    world.as('pipeline-driver', (ports) =>
      ports.bus.send(PIPELINE_REPORT_SELECTOR, { ...reportBody(time), run: run(attempt) }),
    );
  const kept = (world: JaoWorld) => reports(world).map((report) => report.timestamp);

  test('the report of the earlier is refused once a later has begun', async () => {
    const world = await createJaoWorld();
    world.startActor(aqua({}));
    await world.put('status-entities', pythonOus({ state: 'Processing', run: run(3) }));
    await send(world, timestamp, 2);
    await send(world, later, 3);
    await world.runUntil(() => reports(world).length > 0);
    await world.clock.runFor(10_000);
    expect(kept(world)).toEqual([later]);
    const states = world.messages(PIPELINE_REPORT_SELECTOR).map(({ delivery }) => delivery?.state);
    expect(states).toEqual(['done', 'done']);
  });

  test('the report that came before a later has begun goes with that of the later', async () => {
    const world = await createJaoWorld();
    world.startActor(aqua({}));
    await world.put('status-entities', pythonOus({ state: 'Processing' }));
    await send(world, timestamp, 2);
    await sendReport(world, timestamp, 'uid://X1/X1/Xother');
    await world.runUntil(() => reports(world).length === 2);
    await send(world, later, 3);
    await world.runUntil(() => kept(world).includes(later));
    await world.clock.runFor(10_000);
    expect(
      reports(world)
        .map(({ ousUID, timestamp: time }) => [ousUID, time])
        .toSorted(),
    ).toEqual([
      [UID, later],
      ['uid://X1/X1/Xother', timestamp],
    ]);
  });

  test('the report of the run that moved the OUS is reviewed, not the newest', async () => {
    const world = await startReviewing([]);
    await world.put('status-entities', pythonOus({ substate: recipe }));
    await setState(world, 'Processing');
    const since = world.ous()?.timestamp ?? '';
    const cause = completedRunCause(since);
    await world.ask({ operation: 'set-state', ousUID: UID, value: 'ReadyForReview', cause });
    await sendReport(world, since);
    await sendReport(world, '2026-01-05T10:00:00.000');
    world.startActor(robot());
    await world.runUntil(() => ingests(world).length > 0);
    expect(ingests(world)).toEqual([expect.objectContaining({ timestamp: since })]);
  });
});

describe('the text for the reviewer', () => {
  test('shows scores as a table, and the weblog', () => {
    expect(reportText(reportDocument(), 'http://jao:8000/').split('\n')).toEqual([
      `Pipeline report of ${UID}`,
      `  project  ${PROG_ID}`,
      '  recipe   PipelineImaging',
      `  run      ${timestamp} at EU`,
      '  took     0:00:05',
      '',
      '  Topic        Score  Reason',
      '  Dataset      0.980  complete',
      // The control character of the report is gone.
      '  Calibration  0.750  phase \ufffd[31m<noise>',
      '  Final score  0.750',
      '',
      'Weblog: http://jao:8000/weblogs/weblog-X1-X1-Xb0-2026-01-05T00%3A01%3A02.345/',
    ]);
  });

  test('takes the time of the weblog from the products directory', () => {
    const report = { ...reportDocument(), timestamp: '2026-01-05T00:01:09.000' };
    expect(weblogUrl(report, 'http://jao:8000')).toContain('2026-01-05T00%3A01%3A02.345');
    const unusual = { ...report, productsDir: 'products' };
    expect(weblogUrl(unusual, 'http://jao:8000')).toContain('2026-01-05T00%3A01%3A09.000');
  });

  test('of something else says that nothing is said', () => {
    const text = reportText(reportDocument('\u001b[2Jnot xml'), 'http://jao:8000');
    expect(text).toContain('recipe   not said');
    expect(text).toContain('Final score  -');
    expect(text).not.toContain('\u001b');
  });

  test('lets nothing in a report steer the terminal', () => {
    const reason = `a\u001b[2J\u009b1m\u202e${'long '.repeat(60)}`;
    const xml = `<QaPerTopic><Dataset Score="1" Reason="${reason}"/></QaPerTopic>`;
    const text = reportText(reportDocument(xml), 'http://jao:8000');
    for (const control of ['\u001b', '\u009b', '\u202e']) expect(text).not.toContain(control);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(120);
  });
});
