// Configuration files: YAML, checked by a schema. An error names the file, the key, what was
// expected and what came.

import { parseDocument } from 'yaml';
import type { z } from 'zod';
import type { Files } from '../files/files.ts';
import { ConfigurationError, problemsOf } from './configuration-error.ts';

/**
 * Throws FileError where the file can't be read, ConfigurationError (`bad_configuration`) where it
 * is not what the schema wants.
 */
export async function loadYamlFile<Schema extends z.ZodType>(
  files: Pick<Files, 'read'>,
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = new TextDecoder().decode(await files.read(path));
  return parseYaml(text, path, schema);
}

/** `name` is the file's name, for errors. An empty file counts as an empty map. */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  name: string,
  schema: Schema,
): z.output<Schema> {
  const content = parseContent(text, name) ?? {};
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw new ConfigurationError(problemsOf(parsed.error, content), name);
  return parsed.data;
}

function parseContent(text: string, name: string): unknown {
  const document = parseDocument(text, { prettyErrors: false });
  // A text that begins with a percent sign can only be meant as such: formats of log lines do.
  const [error] = document.errors.filter(
    ({ code, pos }) => code !== 'BAD_SCALAR_START' || text[pos[0]] !== '%',
  );
  if (error) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw notYaml(name, `line ${line}`, error.message);
  }
  try {
    return document.toJS();
  } catch (cause) {
    throw notYaml(name, '', (cause as Error).message);
  }
}

function notYaml(name: string, key: string, reason: string): ConfigurationError {
  return new ConfigurationError(
    [{ key, expected: 'YAML', received: `an error: ${reason}` }],
    name,
  );
}
