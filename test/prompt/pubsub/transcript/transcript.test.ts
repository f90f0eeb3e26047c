// The answers of our server beside those that the official emulator gave to the same programme.
// Where the emulator falls short of the documented service, the fixture says what is documented.
// PUBSUB_PEER=127.0.0.1:8585 asks an emulator again, whether it still answers as recorded.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LivePubsub, startLivePubsub } from '../live-pubsub.ts';
import { askAll, MATTERS } from './programme.ts';

interface Transcript {
  answers: Record<string, unknown>;
  differences: { matter: string; step: string; documented: unknown; reason: string }[];
}

const LIMIT_MS = 120_000;
const FIXTURE = new URL('../../../fixtures/pubsub-transcripts/emulator.json', import.meta.url);
const { answers, differences } = JSON.parse(await readFile(FIXTURE, 'utf8')) as Transcript;
const peer = process.env.PUBSUB_PEER;

function expected(matter: string): unknown {
  const documented = differences.filter((one) => one.matter === matter);
  if (documented.length === 0) return answers[matter];
  const changed = documented.map(({ step, documented: answer }) => [step, answer]);
  return { ...(answers[matter] as object), ...Object.fromEntries(changed) };
}

describe('our server answers as the emulator, or as is documented', () => {
  let pubsub: LivePubsub;
  let given: Record<string, unknown>;

  beforeAll(async () => {
    pubsub = await startLivePubsub();
    given = await askAll(pubsub.server.address);
  }, LIMIT_MS);

  afterAll(() => pubsub.close());

  test.each(Object.keys(MATTERS))('%s', (matter) => {
    expect(given[matter]).toEqual(expected(matter));
    expect(pubsub.failures).toEqual([]);
  });
});

test.skipIf(!peer)(
  'the emulator answers as it was recorded',
  async () => {
    expect(await askAll(String(peer))).toEqual(answers);
  },
  LIMIT_MS,
);
