// A configuration file of a buffer manager: YAML with a strict schema. Every problem names the key
// and what is expected there.

import { z } from 'zod';
import { ConfigurationError, problemsOf } from '../../platform/config/configuration-error.ts';
import { parseYaml } from '../../platform/config/yaml-file.ts';

/** `name` is the file's name, for errors. Throws ConfigurationError. */
export function readSettings<Schema extends z.ZodType>(
  text: string,
  name: string,
  schema: Schema,
): z.output<Schema> {
  const content = withoutEmptySections(parseYaml(text, name, z.unknown()));
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues;
  const unknown = issues.flatMap((issue) =>
    issue.code !== 'unrecognized_keys'
      ? []
      : issue.keys.map((key) => ({
          key: [...issue.path.map(String), key].join('.'),
          expected: knownKeys(schema, issue.path),
          received: 'a key of another name',
        })),
  );
  const others = problemsOf(parsed.error, content).filter(
    (_problem, index) => issues[index]?.code !== 'unrecognized_keys',
  );
  throw new ConfigurationError([...unknown, ...others], name);
}

/** `logging:` with all its lines commented out is the same as no such section. */
function withoutEmptySections(content: unknown): unknown {
  if (content === null || typeof content !== 'object' || Array.isArray(content)) return content;
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null));
}

function knownKeys(schema: z.ZodType, path: PropertyKey[]): string {
  let at: unknown = schema;
  for (const part of path) at = shapeOf(at)?.[String(part)];
  const keys = Object.keys(shapeOf(at) ?? {});
  return keys.length > 0 ? `one of the keys ${keys.join(', ')}` : 'no such key';
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  let at = schema;
  while (at && typeof at === 'object') {
    if ('unwrap' in at) at = (at as { unwrap(): unknown }).unwrap();
    // What is made of the input first has its keys behind that.
    else if ('out' in at) at = at.out;
    else break;
  }
  return (at as { shape?: Record<string, unknown> } | undefined)?.shape;
}
