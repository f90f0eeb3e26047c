// The settings of a plugin, checked; problems are named as keys of the configuration.

import type { z } from 'zod';
import { ConfigurationError, problemsOf } from '../../../platform/config/configuration-error.ts';

const PLACE = 'ingester.plugin.config';

/** Throws ConfigurationError. */
export function parsePluginSettings<Schema extends z.ZodType>(
  schema: Schema,
  settings: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, settings).map((problem) => ({
    ...problem,
    key: problem.key === '' ? PLACE : `${PLACE}.${problem.key}`,
  }));
  throw new ConfigurationError(problems);
}
