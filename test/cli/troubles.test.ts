// What the heartbeat tells of a warning or an error in an actor's log.

import { expect, it } from 'vitest';
import { watchTroubles } from '../../mockup/cli/actor/troubles.ts';
import { silentLogger } from '../../mockup/platform/log/logger.ts';

it('says what went wrong, with what, and why', () => {
  const told: string[] = [];
  const log = watchTroubles(silentLogger, (text) => told.push(text));
  const OUS = 'uid://X1/X1/Xb0';
  log.info({ ousUid: OUS }, 'all is well');
  log.error({ ousUid: OUS, task: 'calibrate', duration_ms: 5, error: 'no luck' }, 'task failed');
  log.child({ ousUid: OUS }).child({ run: 'x' }).warn({ answer: 409 }, 'the OUS has moved on');
  log.warn({ reason: 'timed out' }, 'could not write the heartbeat');
  log.error({ ousUid: 5 }, 'odd');
  expect(told).toEqual([
    `task failed (${OUS}, calibrate): no luck`,
    `the OUS has moved on (${OUS})`,
    'could not write the heartbeat: timed out',
    'odd',
  ]);
});
