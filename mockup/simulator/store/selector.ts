// Mango selectors by the embedded server's own matcher: the rules of CouchDB's queries have one
// place. Its refusals become those of the database port.

import { CouchError } from '../../couch-server/couch-error.ts';
import type { Matcher } from '../../couch-server/mango/matcher.ts';
import { compileSelector as compile } from '../../couch-server/mango/selector.ts';
import { refused } from './document-body.ts';

/** Throws DatabaseRefusedError (400) for a selector that CouchDB refuses. */
export function compileSelector(selector: unknown): Matcher {
  try {
    return compile(selector);
  } catch (error) {
    if (error instanceof CouchError) throw refused(error.status, error.reason);
    throw error;
  }
}
