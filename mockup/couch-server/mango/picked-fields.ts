/** The part of a document that `fields` name, as `_find` and the filter `_selector` show it. */
import type { JsonObject } from '../json-object.ts';
import { NO_PATH, parseField, setAt, valueAt } from './field-path.ts';

export function pickedFields(document: JsonObject, fields: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const field of fields) {
    const path = parseField(field);
    const value = valueAt(document, path);
    if (value !== undefined && value !== NO_PATH) setAt(picked, path, value);
  }
  return picked;
}
