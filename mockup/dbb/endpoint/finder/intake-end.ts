// How the intake of a file ends, and in which words what is set aside is told to a person.

import type { Aside } from '../../../core/dbb/aside-record.ts';
import type { IdentifiedFile } from '../../../core/dbb/endpoint-file.ts';
import type { WriteResult } from '../../../platform/couch/database.ts';
import { SYSTEM_CODES } from '../../storage/storage-area.ts';
import type { PlaceResult } from '../../storage/storage-moves.ts';
import type { Identity } from './identity.ts';

/**
 * - `recorded`: new, and on record now; `known`: was on record; `tracked`: a duplicate
 * - `again`: to be looked at again after a while; `gone`: no longer there
 */
export type IntakeEnd =
  | { end: 'recorded' | 'known' | 'tracked' | 'gone' }
  | { end: 'aside'; aside: Aside; retry: boolean }
  | { end: 'again'; delay_ms: number }
  /** The storage area fails: no fault of this file. */
  | { end: 'trouble'; reason: string };

export const SOON_MS = 50;

export function changed({ version, checksum }: IdentifiedFile): IntakeEnd {
  const message = 'it was written to after it was recorded: its record is no longer true';
  return { end: 'aside', aside: { version, checksum, reason: 'changed', message }, retry: false };
}

export function conflictOf({ version, checksum }: IdentifiedFile, identity: Identity): IntakeEnd {
  const isName = identity.kind === 'name_taken';
  const other = 'other' in identity ? identity.other : '';
  const message = isName
    ? 'the storage area has other content under this name'
    : `the storage area has the same content under another name: ${other}`;
  const reason = isName ? 'name_taken' : 'content_known';
  return { end: 'aside', aside: { version, checksum, reason, message, other }, retry: false };
}

/** Whether the storage area has it can't be told: nothing is removed meanwhile. */
export function unseen(
  { version, checksum }: IdentifiedFile,
  other: string,
  code: string,
): IntakeEnd {
  if (SYSTEM_CODES.includes(code)) return { end: 'trouble', reason: code };
  const message = `on record as ${other}, which can't be looked at: ${code}`;
  return {
    end: 'aside',
    aside: { version, checksum, reason: 'unreadable', message, other },
    retry: true,
  };
}

/** The copy that comes may be the only good one: it stays. */
export function altered({ version, checksum }: IdentifiedFile, other: string): IntakeEnd {
  const message = `on record as ${other}, but the storage area has other content there by now`;
  return {
    end: 'aside',
    aside: { version, checksum, reason: 'lost', message, other },
    retry: false,
  };
}

export function lost({ version, checksum }: IdentifiedFile, other: string): IntakeEnd {
  const message = `on record as ${other}, but the storage area no longer has that file`;
  return {
    end: 'aside',
    aside: { version, checksum, reason: 'lost', message, other },
    retry: false,
  };
}

export function notPlaced(file: IdentifiedFile, result: PlaceResult): IntakeEnd {
  const { version, checksum } = file;
  switch (result.outcome) {
    case 'gone':
      return { end: 'gone' };
    case 'taken': {
      const message = 'the storage area has another file of this name, which is not on record';
      const aside: Aside = { version, checksum, reason: 'name_taken', message };
      return { end: 'aside', aside: { ...aside, other: version.path }, retry: false };
    }
    case 'failed': {
      if (SYSTEM_CODES.includes(result.code)) return { end: 'trouble', reason: result.reason };
      const message = `can't be brought to the storage area: ${result.reason}`;
      return {
        end: 'aside',
        aside: { version, checksum, reason: 'refused', message },
        retry: true,
      };
    }
    default:
      return { end: 'again', delay_ms: SOON_MS };
  }
}

export function notRecorded(
  { version, checksum }: IdentifiedFile,
  result: WriteResult,
): IntakeEnd {
  // Another finder recorded this path in between.
  if (result.ok || result.error === 'conflict') return { end: 'again', delay_ms: SOON_MS };
  const why = 'reason' in result ? result.reason : result.error;
  const message = `can't be put on record: ${why}`;
  return { end: 'aside', aside: { version, checksum, reason: 'refused', message }, retry: true };
}
