// The selectors of this product's own replications. Their regular expressions are its own and need no
// guard against hostile ones, which costs most of a simulated year; any other selector has it.

import { valueAt } from '../../couch-server/mango/field-path.ts';
import { compileSelector } from './selector.ts';

type Filter = (body: object) => boolean;

export function compileFilter(selector: Readonly<Record<string, unknown>>): Filter {
  return ownFilter(selector) ?? compileSelector(selector);
}

/** Undefined where there is more in it than `$or`, `$exists` and `$regex`. */
function ownFilter(selector: Readonly<Record<string, unknown>>): Filter | undefined {
  const filters = Object.entries(selector).map(([key, condition]) => {
    if (key !== '$or') return fieldFilter(key, condition);
    if (!Array.isArray(condition) || condition.length === 0) return undefined;
    const choices = condition.map(ownFilter);
    if (!choices.every((choice) => choice !== undefined)) return undefined;
    return (body: object) => choices.some((choice) => choice(body));
  });
  if (!filters.every((filter) => filter !== undefined)) return undefined;
  return (body) => filters.every((filter) => filter(body));
}

function fieldFilter(field: string, condition: unknown): Filter | undefined {
  if (!/^\w+$/.test(field) || typeof condition !== 'object' || condition === null)
    return undefined;
  const [[operator, value] = [], ...more] = Object.entries(condition);
  if (more.length > 0) return undefined;
  if (operator === '$exists' && typeof value === 'boolean') {
    return (body) => (valueAt(body, [field]) !== undefined) === value;
  }
  if (operator !== '$regex' || typeof value !== 'string') return undefined;
  const expression = new RegExp(value, 'u');
  return (body) => {
    const found = valueAt(body, [field]);
    return typeof found === 'string' && expression.test(found);
  };
}
