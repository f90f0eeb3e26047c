/**
 * Mango selectors, compiled to functions: a feed matches each change against many of them. A
 * selector applies to a value, which is a document at the top and a field's value below; a missing
 * field (undefined) matches nothing but `$exists: false`.
 */
import { CouchError } from '../couch-error.ts';
import type { JsonObject } from '../store/database.ts';
import { parseField, valueAt } from './field-path.ts';
import { badArgument, type Matcher } from './matcher.ts';
import { operators } from './operators.ts';

const MAX_DEPTH = 100;

/** Throws CouchError 400 (`invalid_selector_json`, `invalid_operator`, `bad_arg`). */
export function compileSelector(selector: unknown): Matcher {
  return compileObject(checkSelector(selector), 0);
}

export function checkSelector(selector: unknown): JsonObject {
  if (typeof selector === 'object' && selector !== null && !Array.isArray(selector)) {
    return selector as JsonObject;
  }
  const reason = `Selector must be a JSON object, not: ${JSON.stringify(selector)}`;
  throw new CouchError(400, 'invalid_selector_json', reason);
}

export const isOperator = (key: string): boolean => key.startsWith('$');

function compileObject(selector: JsonObject, depth: number): Matcher {
  if (depth > MAX_DEPTH) throw badArgument('selector', 'nested too deeply');
  const parts = Object.entries(selector).map(([key, argument]) =>
    isOperator(key) ? compileOperator(key, argument, depth) : compileField(key, argument, depth),
  );
  return all(parts);
}

function compileField(name: string, condition: unknown, depth: number): Matcher {
  const path = parseField(name);
  const match = compileCondition(condition, depth + 1);
  if (path.length === 1) {
    const key = path[0] as string;
    return (value) => {
      if (typeof value !== 'object' || value === null) return match(undefined);
      return match(Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined);
    };
  }
  return (value) => match(valueAt(value, path));
}

/** What a field must be: a literal (equal to it), or an object of operators or of sub-fields. */
function compileCondition(condition: unknown, depth: number): Matcher {
  const nested =
    typeof condition === 'object' &&
    condition !== null &&
    !Array.isArray(condition) &&
    Object.keys(condition).length > 0;
  if (nested) return compileObject(condition as JsonObject, depth);
  return compileOperator('$eq', condition, depth);
}

function compileOperator(operator: string, argument: unknown, depth: number): Matcher {
  switch (operator) {
    case '$and':
      return all(compileList(operator, argument, depth));
    case '$or':
      return any(compileList(operator, argument, depth));
    case '$nor': {
      const none = any(compileList(operator, argument, depth));
      return (value) => value !== undefined && !none(value);
    }
    case '$not': {
      const inner = compileCondition(argument, depth + 1);
      return (value) => value !== undefined && !inner(value);
    }
    case '$elemMatch': {
      const inner = compileCondition(argument, depth + 1);
      return (value) => Array.isArray(value) && value.some((item) => inner(item));
    }
    case '$allMatch': {
      const inner = compileCondition(argument, depth + 1);
      return (value) =>
        Array.isArray(value) && value.length > 0 && value.every((item) => inner(item));
    }
    case '$keyMapMatch': {
      const inner = compileCondition(argument, depth + 1);
      return (value) =>
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        Object.keys(value).some((key) => inner(key));
    }
    default: {
      const make = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
      if (make) return make(argument);
      throw new CouchError(400, 'invalid_operator', `Invalid operator: ${operator}`);
    }
  }
}

function compileList(operator: string, argument: unknown, depth: number): Matcher[] {
  if (!Array.isArray(argument)) throw badArgument(operator, argument);
  return argument.map((one) => compileObject(checkSelector(one), depth + 1));
}

function all(parts: readonly Matcher[]): Matcher {
  const [first, second] = parts;
  if (!first) return () => true;
  if (!second) return first;
  return (value) => {
    for (const part of parts) if (!part(value)) return false;
    return true;
  };
}

function any(parts: readonly Matcher[]): Matcher {
  return (value) => {
    for (const part of parts) if (part(value)) return true;
    return false;
  };
}
