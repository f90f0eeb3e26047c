// A target may refuse one document for ever (its rules, its limits), or fail to store it now. The
// first is counted and passed over, as CouchDB does; the second stops the replication, so that no
// checkpoint is written past a document that could still be stored.

const finalErrors = new Set([
  'attachment_too_large',
  'bad_content_type',
  'bad_request',
  'doc_validation',
  'document_too_large',
  'forbidden',
  'illegal_docid',
  'max_document_size_exceeded',
  'request_entity_too_large',
  'too_large',
  'unauthorized',
]);

export function isFinalRefusal(error: string): boolean {
  return finalErrors.has(error);
}
