// The schema of scenarios for editors: completion and a word on each key while one writes.

import { z } from 'zod';
import { scenarioSchema } from './scenario.ts';

/** Keys that may be given as their count alone. */
const COUNTED = ['assigners', 'reviewers'];

export function scenarioJsonSchema(): object {
  const schema = z.toJSONSchema(scenarioSchema, { io: 'input' }) as {
    properties: Record<string, Record<string, unknown>>;
  };
  for (const key of COUNTED) {
    const { description, default: _, ...full } = schema.properties[key] ?? {};
    schema.properties[key] = { description, anyOf: [{ type: 'integer', minimum: 0 }, full] };
  }
  return { title: 'A scenario of draws simulate', ...schema };
}
