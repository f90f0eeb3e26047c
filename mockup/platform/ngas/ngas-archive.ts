// The archive (NGAS) over its database: a file is stored once under its name and never changes.

import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import {
  hasContents,
  isInline,
  makeNgasDocument,
  NGAS_ATTACHMENT,
  type NgasDocument,
  ngasId,
} from '../../core/products/ngas-document.ts';
import { formatTimestamp } from '../../core/timestamps.ts';
import type { Clock } from '../clock/clock.ts';
import { ConflictError, type Database, type Stored } from '../couch/database.ts';

const CONTENT_TYPE = 'application/octet-stream';

export interface NgasArchive {
  /**
   * Stores a file of this name; a repetition with the same content changes nothing. Throws
   * ArchiveMismatchError where the name has another content.
   */
  store(name: string, content: Uint8Array): Promise<'stored' | 'present'>;
  /** Takes back what should never have come: the file of a run that was superseded. */
  withdraw(name: string): Promise<void>;
}

/** The archive has another file of this name; archived files never change. */
export class ArchiveMismatchError extends AppError {
  constructor(name: string) {
    super('archive_mismatch', `the archive has another file of the name ${name}`, {
      hint: 'compare the file with the archived one before either is removed',
    });
  }
}

/** `database`: `ngas`. */
export function createNgasArchive(database: Database, clock: Clock): NgasArchive {
  return {
    async store(name, content) {
      const doc = makeNgasDocument({
        name,
        size_bytes: content.length,
        checksum: checksumOf(content),
        writeTimestamp: formatTimestamp(clock.now()),
        encodedContents: isInline(content.length) ? encode(content) : '',
      });
      try {
        const rev = await database.put(doc);
        if (!isInline(content.length)) await attach(database, doc._id, rev, content);
        return 'stored';
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
      }
      return confirm(database, name, content);
    },
    async withdraw(name) {
      const current = await database.get(ngasId(name));
      if (!current) return;
      const { _id, _rev } = current;
      const [result] = await database.bulk([{ _id, _rev, _deleted: true as const }]);
      if (result?.ok === false) throw new ConflictError(database.name, _id);
    },
  };
}

/** BLAKE2b-512 in hexadecimal digits. */
export function checksumOf(content: Uint8Array): string {
  return createHash('blake2b512').update(content).digest('hex');
}

async function confirm(
  database: Database,
  name: string,
  content: Uint8Array,
): Promise<'stored' | 'present'> {
  const current = await database.get<NgasDocument>(ngasId(name));
  // Somebody removed it in between; the caller's next attempt finds the place free.
  if (!current) throw new ConflictError(database.name, ngasId(name));
  if ((await archivedChecksum(database, current)) !== checksumOf(content)) {
    throw new ArchiveMismatchError(name);
  }
  if (hasContents(current)) return 'present';
  // Whoever wrote the document died before the attachment.
  await attach(database, current._id, current._rev, content);
  return 'stored';
}

/** The Python mockup writes no checksum: then it is that of the content. */
async function archivedChecksum(
  database: Database,
  doc: Stored<NgasDocument>,
): Promise<string | undefined> {
  if (doc.checksum !== undefined) return doc.checksum;
  if (doc.encodedContents !== undefined) {
    return checksumOf(Buffer.from(doc.encodedContents, 'base64'));
  }
  const attachment = await database.getAttachment(doc._id, NGAS_ATTACHMENT);
  return attachment && checksumOf(attachment.content);
}

function attach(
  database: Database,
  id: string,
  rev: string,
  content: Uint8Array,
): Promise<string> {
  return database.putAttachment(id, rev, NGAS_ATTACHMENT, { contentType: CONTENT_TYPE, content });
}

function encode(content: Uint8Array): string {
  return Buffer.from(content).toString('base64');
}
