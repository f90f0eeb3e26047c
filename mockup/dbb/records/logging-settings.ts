// The `logging` section of a buffer manager's configuration, with the names and values of the
// Python managers.

import { z } from 'zod';

const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
const WHEN = ['S', 'M', 'H', 'D', 'W0', 'W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'midnight'] as const;

const count = (what: string) => z.int({ error: what }).min(0, { error: what });

export const loggingSettings = z
  .strictObject({
    file: z
      .string({ error: 'a file, or null for standard output' })
      .min(1)
      .nullable()
      .default(null),
    level: z.enum(LEVELS, { error: `one of ${LEVELS.join(', ')}` }).default('INFO'),
    format: z.string({ error: 'a format such as "%(asctime)s:%(message)s"' }).nullish(),
    rotate: z.enum(['SIZE', 'TIME'], { error: 'SIZE, TIME or null' }).nullable().default(null),
    when: z.enum(WHEN, { error: `one of ${WHEN.join(', ')}` }).default('H'),
    interval: z.int().min(1, { error: 'a whole number, 1 or more' }).default(1),
    maxbytes: count('a number of bytes, 0 for no limit').default(0),
    backup_count: count('a number of old log files, 0 to keep none').default(0),
  })
  .default({
    file: null,
    level: 'INFO',
    rotate: null,
    when: 'H',
    interval: 1,
    maxbytes: 0,
    backup_count: 0,
  });

export type LoggingSettings = z.infer<typeof loggingSettings>;
