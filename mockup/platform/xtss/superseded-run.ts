// Whoever accepts what a run has left asks here whether that run still speaks for its OUS.

import { databaseNames } from '../../core/databases.ts';
import { documentId } from '../../core/identifiers.ts';
import { type OusDocument, wasSuperseded } from '../../core/ous/ous.ts';
import { readOus } from '../../core/ous/reading.ts';
import type { RunIdentity } from '../../core/ous/run-identity.ts';
import type { DatabaseServer } from '../couch/database.ts';
import type { Logger } from '../log/logger.ts';

/** True, and said in the log, where a later attempt at the same assignment has begun. */
export async function isOfSupersededRun(
  { databases, log }: { databases: DatabaseServer; log: Logger },
  about: { ousUID?: string | undefined; run?: RunIdentity | undefined },
  what: string,
): Promise<boolean> {
  const { ousUID, run } = about;
  // The first attempt may be superseded as well as any other; without an identity nobody can tell.
  if (ousUID === undefined || run === undefined) return false;
  const database = databases.open(databaseNames.statusEntities);
  const stored = await database.get<OusDocument>(documentId(ousUID));
  const ous = stored && readOus(stored);
  if (!ous || !wasSuperseded(ous, run)) return false;
  log.warn(
    { ous: ousUID, run, current: ous.run },
    `${what} of a run that was superseded: refused`,
  );
  return true;
}
