// The line with an XTSS that does what the Python mockup's does: it checks no transition, knows no
// cause, and keeps no history, also where the launcher of this product began one.

import { expect, test } from 'vitest';
import { databaseNames } from '../../../mockup/core/databases.ts';
import { documentId } from '../../../mockup/core/identifiers.ts';
import type { OusDocument } from '../../../mockup/core/ous/ous.ts';
import { formatTimestamp } from '../../../mockup/core/timestamps.ts';
import type { Actor, ActorPorts } from '../../../mockup/platform/actor/actor.ts';
import { updateDocument } from '../../../mockup/platform/couch/documents/update-document.ts';
import { startDrawsLine } from '../../../mockup/simulator/scenarios/draws-line.ts';

interface Request {
  operation: string;
  ousUID: string;
  value?: unknown;
}

async function createForeignXtss(ports: ActorPorts): Promise<Actor> {
  const ouss = ports.databases.open(databaseNames.statusEntities);
  const receiver = ports.bus.serve('xtss', async ({ body }) => {
    const { operation, ousUID, value } = body as Request;
    await updateDocument<OusDocument>(ouss, documentId(ousUID), (stored) => {
      if (!stored) return undefined;
      const { PL_PROCESSING_EXECUTIVE: before, ...flags } = stored.flags;
      const executive = operation === 'set-exec' ? value : before;
      const isSet = executive !== undefined && operation !== 'clear-exec';
      return {
        ...stored,
        ...(operation === 'set-state' && { state: value }),
        ...(operation === 'set-substate' && { substate: value }),
        flags: isSet ? { ...flags, PL_PROCESSING_EXECUTIVE: executive } : flags,
        timestamp: formatTimestamp(ports.clock.now()),
      } as OusDocument;
    });
    return 201;
  });
  await receiver.ready;
  return { stop: () => receiver.stop() };
}

test('every OUS is Delivered', async () => {
  const line = await startDrawsLine({
    seed: 'foreign xtss',
    ous: 4,
    failureRate: 0,
    verdicts: { pass: 1, semipass: 0, fail: 0 },
    hasRecipe: () => true,
    xtss: createForeignXtss,
  });
  await line.runToDelivered();
  expect(line.histories()).toContain('launcher@JAO');
  expect(line.histories()).not.toContain('"Delivered"');
}, 20_000);
