// What goes to XTSS, and what its answers mean.

import { expect, test } from 'vitest';
import type { Bus } from '../../../mockup/platform/bus/bus.ts';
import {
  type OusChange,
  requestChange,
  XtssError,
} from '../../../mockup/platform/xtss/xtss-client.ts';

const ousUID = 'uid://X1/X1/Xb0';
const change: OusChange = { operation: 'set-state', ousUID, value: 'Processing' };

/** A bus on which XTSS gives this answer. */
function answering(answer: unknown) {
  const asked: unknown[][] = [];
  const call: Bus['call'] = async (...request) => {
    asked.push(request);
    return answer;
  };
  return { asked, bus: { call } as Bus };
}

test('a request has the fields that were given, and a reason that fits', async () => {
  const ports = answering(201);
  const options = { timeLimit_ms: 7 };
  await requestChange(ports, { ...change, cause: 'c', reason: 'r'.repeat(5000) }, options);
  await requestChange(ports, { operation: 'clear-exec', ousUID, since: undefined });
  expect(ports.asked).toEqual([
    ['xtss', { ...change, cause: 'c', reason: 'r'.repeat(2000) }, options],
    ['xtss', { operation: 'clear-exec', ousUID }, { timeLimit_ms: 300_000 }],
  ]);
});

test.each([
  [201, 'done'],
  [404, { refused: 404 }],
  [409, { refused: 409 }],
])('%j is an outcome', async (answer, outcome) => {
  expect(await requestChange(answering(answer), change)).toEqual(outcome);
});

test.each([400, 500, '201', null, [], {}])('%j is an error', async (answer) => {
  await expect(requestChange(answering(answer), change)).rejects.toThrow(XtssError);
});
