// The driver is killed at each of its port calls in turn, before and after the call's effect, and
// started again in the same run directory: everything must be as if nothing had happened.

import { expect, it } from 'vitest';
import { databaseNames } from '../../../mockup/core/databases.ts';
import type { Message } from '../../../mockup/platform/bus/message.ts';
import type { CrashPlan } from '../../../mockup/simulator/fault/port-gate.ts';
import { flatten } from '../../../mockup/simulator/files/file-tree.ts';
import { Line } from '../helpers/line.ts';
import { cacheDirectory, drive, startDriver, writingPipeline } from './driver-line.ts';

async function outcome(crash: CrashPlan | undefined) {
  const line = await Line.start();
  line.programs.set('pipeline', writingPipeline(line.files));
  await line.putOus({});
  const { process, driver } = startDriver(line, {}, crash ? { crash } : {});
  const ended = driver.then((actor) => actor.finished);
  await line.run(Promise.race([ended, process.died]));
  const isDead = !process.gate.alive;
  const calls = process.gate.calls.length;
  if (isDead) expect(await drive(line)).toBe(0);
  await line.clock.runFor(120_000);

  const messages = await line.docs<Message>(databaseNames.messages);
  const announced = messages.filter(({ msgbackID, answerTo }) => !msgbackID && !answerTo);
  const { state, history = [] } = await line.ous();
  return {
    isDead,
    calls,
    facts: {
      state,
      history: history.map((entry) => [entry.state, entry.cause]),
      announced: announced.map(({ _id, selector, consumed }) => [_id, selector, consumed]),
      unread: messages.filter(({ consumed, answerTo }) => !consumed && answerTo).length,
      cached: [...flatten(line.tree.require(cacheDirectory)).keys()],
    },
  };
}

it('ends the same wherever it crashes', async () => {
  const undisturbed = await outcome(undefined);
  expect(undisturbed.facts.announced).toHaveLength(4);
  expect(undisturbed.calls).toBeGreaterThan(15);
  for (let call = 1; call <= undisturbed.calls; call++) {
    for (const moment of ['before', 'after'] as const) {
      const disturbed = await outcome({ call, moment });
      expect(disturbed.isDead, `call ${call}`).toBe(true);
      expect(disturbed.facts, `${moment} call ${call}`).toEqual(undisturbed.facts);
    }
  }
});
