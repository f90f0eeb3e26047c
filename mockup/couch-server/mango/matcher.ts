/** A compiled part of a selector, and the error for a part that makes no sense. */
import { CouchError } from '../couch-error.ts';
import { termText } from './term-text.ts';

/** Tests a value that is there. */
export type Matcher = (value: unknown) => boolean;

export const badArgument = (operator: string, value: unknown): CouchError =>
  new CouchError(400, 'bad_arg', `Bad argument for operator ${operator}: ${termText(value)}`);
