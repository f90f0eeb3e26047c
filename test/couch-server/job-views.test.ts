import { expect, it } from 'vitest';
import type { DocumentEntry } from '../../mockup/couch-server/replicator/document-entry.ts';
import { documentView } from '../../mockup/couch-server/replicator/jobs/job-views.ts';

it.each([
  ['http://me:pa/ss@word@host:port/db', 'host:port/db'],
  ['http://me:secret/part@host', 'host'],
  ['http//me:secret@host/db', 'host/db'],
  ['http://me:sec\nret@host:port/db?password=secret', 'host:port/db'],
  ['https://me:secret@host/db', 'https://host/db'],
  ['a name', 'a name'],
])('shows %j without its password', (source, shown) => {
  const document = { source, target: { url: source } };
  const entry = { document, since: new Date(0), failure: new Error('bad'), job: undefined };
  const view = documentView(entry as unknown as DocumentEntry, 'http://localhost:5984');
  expect(view).toMatchObject({ source: shown, target: shown });
});
