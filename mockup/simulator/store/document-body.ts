// What a document may look like, as CouchDB checks it.

import { DatabaseRefusedError } from '../../platform/couch/database.ts';
import type { AttachmentStub } from './attachment-store.ts';
import { isRevision } from './revisions.ts';

export interface DocumentBody {
  _id: string;
  _rev?: string;
  _deleted?: boolean;
  _attachments?: Record<string, AttachmentStub>;
  [field: string]: unknown;
}

const OWN_FIELDS = new Set(['_id', '_rev', '_deleted', '_attachments']);

export function refused(status: number, message: string): DatabaseRefusedError {
  return new DatabaseRefusedError(status, message);
}

/** Throws DatabaseRefusedError (400) for an id, a revision or a field that CouchDB refuses. */
export function checkDocument(doc: { _id: string; _rev?: string }): void {
  const { _id: id, _rev: rev } = doc;
  if (typeof id !== 'string' || id === '') throw refused(400, 'a document needs an id');
  if (id.startsWith('_') && !id.startsWith('_design/')) {
    throw refused(400, `only reserved document ids may start with an underscore: ${id}`);
  }
  if (rev !== undefined && !isRevision(rev)) throw refused(400, `not a revision: ${rev}`);
  for (const field of Object.keys(doc)) {
    if (field.startsWith('_') && !OWN_FIELDS.has(field)) {
      throw refused(400, `bad special document member: ${field}`);
    }
  }
}
