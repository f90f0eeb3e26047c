// A reviewer at AQUA's terminal.

import { describe, expect, test } from 'vitest';
import { createAquaQa2 } from '../../../mockup/actors/aqua-qa2/aqua-qa2.ts';
import type { ListItem } from '../../../mockup/platform/console/operator-console.ts';
import { type OperatorScript, WAIT } from '../../../mockup/simulator/console/scripted-console.ts';
import { type JaoWorld, PROG_ID, pythonOus, UID } from '../jao-world.ts';
import {
  aqua,
  ingests,
  inState,
  process,
  recipe,
  reports,
  sendReport,
  setState,
  startReviewing,
} from './aqua-world.ts';

const reviewed = ['Processing', 'ReadyForReview', 'Reviewing'];

/** Chooses and presses in turn, then leaves; waits for the report of the first OUS. */
function reviewer(world: JaoWorld, chosen: string[], keys: (string | undefined)[]) {
  const printed: string[] = [];
  const seen: ListItem[][] = [];
  const asked: string[] = [];
  const script: OperatorScript = {
    choose: (_, items) => {
      seen.push(items);
      return chosen.shift();
    },
    press: (message, offered) => {
      asked.push(`${message} ${Object.keys(offered).join('')}`);
      return keys.shift();
    },
  };
  const factory: typeof createAquaQa2 = (ports, options) =>
    createAquaQa2(
      { ...ports, console: { ...ports.console, print: (text) => void printed.push(text) } },
      options,
    );
  const sit = () => world.run({ ...aqua({ cacheUrl: 'http://jao:8000' }, script), factory });
  return { printed, seen, asked, sit };
}

/** Lets an AQUA without anybody at it store the reports. */
async function storeReports(world: JaoWorld, count = 1): Promise<void> {
  const actor = world.startActor(aqua({}));
  await world.runUntil(() => reports(world).length === count);
  await world.clock.runFor(1000);
  await world.clock.complete(actor.stop());
}

describe('a verdict', () => {
  test.each([
    ['P', 'Pass'],
    ['s', 'Semipass'],
  ])('%s: Verified, the ingestor is told, and the delivery begins', async (key, verdict) => {
    const world = await startReviewing();
    await storeReports(world);
    const { printed, seen, asked, sit } = reviewer(world, [UID], [key]);
    expect(await sit()).toEqual({ exitCode: 0, signal: null });
    expect(seen).toEqual([[{ value: UID, description: PROG_ID }], []]);
    expect(asked).toEqual([`QA2 of ${UID} FPSC`]);
    expect(printed[0]).toContain('Final score  0.750');
    expect(printed[0]).toContain('http://jao:8000/weblogs/weblog-X1-X1-Xb0-2026');
    expect(printed[1]).toBe(`${UID}: ${verdict}`);
    expect(world.states()).toEqual([...reviewed, 'Verified', 'DeliveryInProgress']);
    expect(world.ous()?.history?.[3]).toMatchObject({ reason: `QA2 ${verdict}` });
    const [report] = reports(world);
    expect(ingests(world)).toEqual([
      { ousUID: UID, timestamp: report?.timestamp, productsDir: report?.productsDir },
    ]);
    const [, , , verified, delivery] = world.ous()?.history ?? [];
    const waited_ms =
      Date.parse(delivery?.timestamp ?? '') - Date.parse(verified?.timestamp ?? '');
    expect(Math.round(waited_ms / 1000)).toBe(5);
  });

  test('F: ReadyForProcessing without a recipe, and nothing is ingested', async () => {
    const world = await startReviewing();
    await storeReports(world);
    await reviewer(world, [UID], ['F']).sit();
    expect(world.states()).toEqual([...reviewed, 'ReadyForProcessing']);
    expect(world.ous()?.substate).toBeNull();
    expect(ingests(world)).toEqual([]);
  });

  test('C: ReadyForReview, and it can be chosen again', async () => {
    const world = await startReviewing();
    await storeReports(world);
    const { seen, sit } = reviewer(world, [UID, UID], ['C', 'C']);
    await sit();
    expect(world.states()).toEqual([...reviewed, 'ReadyForReview', 'Reviewing', 'ReadyForReview']);
    expect(seen.at(-1)).toEqual([{ value: UID, description: PROG_ID }]);
  });

  test('of one who leaves in the middle: ReadyForReview', async () => {
    const world = await startReviewing();
    await storeReports(world);
    const { printed, sit } = reviewer(world, [UID], [undefined]);
    expect(await sit()).toEqual({ exitCode: 0, signal: null });
    expect(printed.at(-1)).toBe(`review of ${UID} cancelled`);
    expect(world.states()).toEqual([...reviewed, 'ReadyForReview']);
  });

  test('of one whose actor is stopped in the middle: ReadyForReview', async () => {
    const world = await startReviewing();
    await storeReports(world);
    const texts = [UID];
    const actor = world.startActor(aqua({}, { choose: () => texts.shift() ?? WAIT }));
    await world.runUntil(() => inState(world, 'Reviewing'));
    await world.clock.runFor(60_000);
    await world.clock.complete(actor.stop());
    expect(world.states()).toEqual([...reviewed, 'ReadyForReview']);
  });

  test('does not count when the OUS was changed meanwhile', async () => {
    const world = await startReviewing();
    await storeReports(world);
    const printed: string[] = [];
    const texts = [UID];
    const factory: typeof createAquaQa2 = (ports, options) => {
      const back = { operation: 'set-state', ousUID: UID, value: 'ReadyForReview' };
      const print = (text: string) => void printed.push(text);
      const chooseKey = async () => {
        expect(await ports.bus.call('xtss', back)).toBe(201);
        return 'P';
      };
      const { chooseFrom } = ports.console;
      return createAquaQa2({ ...ports, console: { print, chooseFrom, chooseKey } }, options);
    };
    await world.run({ ...aqua({}, { choose: () => texts.shift() }), factory });
    expect(printed[1]).toBe(`${UID} has been changed meanwhile: the verdict does not count`);
    expect(world.states()).toEqual([...reviewed, 'ReadyForReview']);
    expect(ingests(world)).toEqual([]);
  });

  test('is asked of one of two who choose the same OUS at once', async () => {
    const world = await startReviewing();
    await storeReports(world);
    const asked: string[] = [];
    for (let person = 1; person <= 2; person++) {
      const texts = [UID];
      const choose = () => texts.shift() ?? WAIT;
      const press = (message: string) => {
        asked.push(message);
        return 'P';
      };
      world.startActor(aqua({}, { choose, press }));
    }
    await world.runUntil(() => inState(world, 'DeliveryInProgress'));
    await world.clock.runFor(60_000);
    expect(asked).toHaveLength(1);
    expect(ingests(world)).toHaveLength(1);
  });
});

describe('the list', () => {
  test('holds OUSs that became ready while the reviewer waits', async () => {
    const world = await startReviewing([]);
    const seen: string[][] = [];
    const choose = (_: string, items: ListItem[]): string => {
      seen.push(items.map(({ value }) => value));
      return WAIT;
    };
    world.startActor(aqua({}, { choose }));
    await world.clock.runFor(60_000);
    expect(seen).toEqual([[]]);
    await world.put('status-entities', pythonOus({ substate: recipe }));
    await process(world);
    await world.runUntil(() => seen.at(-1)?.[0] === UID);
  });

  test('offers to go on with a review that was left', async () => {
    const world = await startReviewing();
    await storeReports(world);
    await setState(world, 'Reviewing');
    const { seen, sit } = reviewer(world, [UID], ['P']);
    await sit();
    expect(seen[0]?.[0]?.description).toMatch(/in review by client@JAO since 2026-01-05T/);
    expect(world.states().slice(3)).toEqual(['Verified', 'DeliveryInProgress']);
  });
});

describe('is told why an OUS can not be reviewed', () => {
  const asked = async (world: JaoWorld, ousUid: string): Promise<string> => {
    const { printed, sit } = reviewer(world, [ousUid], []);
    await sit();
    expect(printed).toHaveLength(1);
    return printed[0] ?? '';
  };

  test('no UID, no OUS, another state', async () => {
    const world = await startReviewing();
    await world.put('status-entities', pythonOus({ entityId: 'uid://X1/X2' }));
    expect(await asked(world, 'Xb0')).toContain('not an OUS UID: "Xb0"');
    expect(await asked(world, 'uid://X1/X3')).toBe('there is no OUS uid://X1/X3');
    expect(await asked(world, 'uid://X1/X2')).toBe(
      'uid://X1/X2 is not ready for review: it is ReadyForProcessing',
    );
  });

  test('its report has not arrived, or is about an earlier run', async () => {
    const world = await startReviewing([]);
    await world.put('status-entities', pythonOus({ substate: recipe }));
    const first = await process(world);
    expect(await asked(world, UID)).toContain('has not arrived yet');
    await sendReport(world, first);
    await storeReports(world);
    await setState(world, 'Reviewing');
    await setState(world, 'ReadyForProcessing');
    const second = await process(world);
    expect(await asked(world, UID)).toContain('has not arrived yet');
    await sendReport(world, second);
    await storeReports(world, 2);
    await reviewer(world, [UID], ['P']).sit();
    expect(ingests(world)).toEqual([expect.objectContaining({ timestamp: second })]);
  });
});
