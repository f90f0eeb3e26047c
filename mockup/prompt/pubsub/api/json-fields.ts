// What proto3's JSON mapping says of fields and the library leaves out: names may be written in
// either way, a name that is none is an error, and what is empty is not shown.

import type protobuf from 'protobufjs';

type Json = Record<string, unknown>;

// Known types (durations, times, wrappers, structs) have JSON forms of their own.
const KNOWN = /^\.google\.protobuf\./;

/** JSON with the names of its fields as the definitions have them. Throws for an unknown one. */
export function withKnownNames(type: protobuf.Type, json: unknown): unknown {
  if (!isObject(json)) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      const field = type.fields[name] ?? type.fields[camelCase(name)];
      if (!field || !Object.hasOwn(type.fields, field.name)) {
        throw new Error(`Unknown name ${JSON.stringify(name.slice(0, 100))}: Cannot find field.`);
      }
      return [field.name, inField(field, value, withKnownNames)];
    }),
  );
}

/** JSON without fields that hold what they hold when nobody sets them. */
export function withoutDefaults(type: protobuf.Type, json: unknown): unknown {
  if (!isObject(json)) return json;
  const shown: Json = {};
  for (const [name, value] of Object.entries(json)) {
    const field = type.fields[name];
    if (!field || !isDefault(field, value)) {
      shown[name] = field ? inField(field, value, withoutDefaults) : value;
    }
  }
  return shown;
}

function inField(
  field: protobuf.Field,
  value: unknown,
  change: (type: protobuf.Type, json: unknown) => unknown,
): unknown {
  const inner = field.resolvedType;
  if (!inner || !('fields' in inner) || KNOWN.test(inner.fullName)) return value;
  const each = (one: unknown): unknown => change(inner, one);
  if (field.map && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, each(one)]));
  }
  return field.repeated && Array.isArray(value) ? value.map(each) : each(value);
}

function isDefault(field: protobuf.Field, value: unknown): boolean {
  // An empty message is there: `expirationPolicy: {}` says that a subscription never expires.
  if (field.map) return isObject(value) && Object.keys(value).length === 0;
  if (field.repeated) return Array.isArray(value) && value.length === 0;
  return value === '' || value === 0 || value === false;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
