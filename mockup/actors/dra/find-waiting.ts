// The OUS that a person named, as it is at this moment.

import { databaseNames } from '../../core/databases.ts';
import { InvalidInputError } from '../../core/errors.ts';
import { documentId, requireOusUid } from '../../core/identifiers.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { asDraOus, type DraOus } from './waiting-ous.ts';

/** Throws InvalidInputError where it does not wait for the Pipeline. */
export async function findWaiting(ports: ActorPorts, chosen: string): Promise<DraOus> {
  const ousUid = requireOusUid(chosen);
  const database = ports.databases.open(databaseNames.statusEntities);
  const stored = await database.get<OusDocument>(documentId(ousUid));
  if (!stored) throw new InvalidInputError(`there is no OUS ${ousUid}`);
  const ous = asDraOus(stored);
  if (ous?.state === 'ReadyForProcessing') return ous;
  const now = `${stored.state}, ${stored.substate || 'no recipe'}`;
  throw new InvalidInputError(`${ousUid} does not wait for the Pipeline: it is ${now}`);
}
