// What is wrong with a configuration: which key, what was expected, what came. The values of keys
// that hold secrets, and credentials in URLs, are left out.

import type { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { redactUrlsIn } from '../text/redact-url.ts';

export interface ConfigurationProblem {
  /** An environment variable, or the path of a key in a file (`pre[0].module`). */
  key: string;
  expected: string;
  /** As a person reads it; `nothing` where it is missing. */
  received: string;
}

const SHOWN_LENGTH_MAX = 80;
const SECRET_KEY = /password|secret|authorization|cookie/i;

/** Code `bad_configuration`. */
export class ConfigurationError extends AppError {
  readonly problems: ConfigurationProblem[];
  /** The message, a line for each problem. */
  readonly lines: readonly string[];

  /** `where`: the file that has the problems, where it is one. */
  constructor(problems: ConfigurationProblem[], where?: string) {
    const texts = problems.map(({ key, expected, received }) => {
      const name = [where, key].filter((part) => part).join(': ');
      return `${name}: expected ${expected}; got ${received}`;
    });
    super('bad_configuration', texts.join(' | '));
    this.problems = problems;
    this.lines = texts;
  }
}

/** What zod found wrong with `input`, one problem per issue. */
export function problemsOf(error: z.ZodError, input: unknown): ConfigurationProblem[] {
  return error.issues.map((issue) => ({
    key: keyOf(issue.path),
    expected: expectationOf(issue),
    received: SECRET_KEY.test(issue.path.join('.')) ? '***' : show(valueAt(input, issue.path)),
  }));
}

function keyOf(path: PropertyKey[]): string {
  return path.reduce<string>((key, part) => {
    if (typeof part === 'number') return `${key}[${part}]`;
    return key === '' ? String(part) : `${key}.${String(part)}`;
  }, '');
}

/** zod says `Invalid input: expected string, received number`; schemas here say only what. */
function expectationOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `no key ${issue.keys.join(', ')}`;
  return issue.message.replace(/^Invalid \w+: (expected )?/, '').replace(/, received .*$/, '');
}

function valueAt(input: unknown, path: PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** A value as a person reads it, without credentials. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value !== null && typeof value === 'object')
    return Array.isArray(value) ? 'a list' : 'a map';
  const text = redactUrlsIn(JSON.stringify(value) ?? String(value));
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
