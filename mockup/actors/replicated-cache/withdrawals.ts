// What a superseded run announced before anybody knew that it was superseded goes again.

import { databaseNames } from '../../core/databases.ts';
import { AppError } from '../../core/errors.ts';
import { documentId } from '../../core/identifiers.ts';
import { type CachedBody, parseBody, withdrawnBody } from '../../core/messages/message-bodies.ts';
import { withdrawnSelector } from '../../core/messages/selectors.ts';
import { type OusDocument, wasSuperseded } from '../../core/ous/ous.ts';
import { readOus } from '../../core/ous/reading.ts';
import type { RunIdentity } from '../../core/ous/run-identity.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import type { Receiver } from '../../platform/bus/bus.ts';
import { pathInside } from '../../platform/files/paths.ts';
import { announcedOf, type Leaving, LeavingProof } from '../../platform/xtss/run-leavings.ts';
import { requireNameOf } from './ownership.ts';
import { removeWeblog } from './weblogs.ts';

/** A replica of the OUS, or of the announcement, may be behind: then the message comes again. */
export function receiveWithdrawals(ports: ActorPorts, localCache: string): Receiver {
  return ports.bus.receive(withdrawnSelector(ports.site), async (message) => {
    const withdrawn = parseBody(withdrawnBody, 'withdrawn', message.body);
    await requireNameOf(ports, withdrawn);
    const objection = await removeLeaving(ports, localCache, withdrawn);
    if (objection === undefined) return;
    throw new AppError('run_not_superseded', `${objection}: not withdrawn`, { retriable: true });
  });
}

/** Returns the reason where it has to stay. Safe to repeat. */
export async function removeLeaving(
  ports: ActorPorts,
  localCache: string,
  leaving: Leaving & { ousUID: string },
): Promise<string | undefined> {
  const { name, ousUID } = leaving;
  const database = ports.databases.open(databaseNames.statusEntities);
  const stored = await database.get<OusDocument>(documentId(ousUID));
  const ous = stored && readOus(stored);
  if (!ous) return `${name} is of an OUS that is not known`;
  const announced = await announcedOf(ports, ousUID);
  const isReplaced = (run: RunIdentity): boolean => wasSuperseded(ous, run);
  const proof = new LeavingProof(ports, { cacheDirectory: localCache, ous, isReplaced });
  const objection = await proof.objection(leaving, announced);
  if (objection !== undefined) return objection;
  const { assignment, attempt } = leaving.run;
  const isAnnounced = announced.some(
    ({ name: of, run }) =>
      of === name && run?.assignment === assignment && run.attempt === attempt,
  );
  if (!isAnnounced) return `${name} was not announced by attempt ${attempt} of ${assignment}`;
  await remove(ports, localCache, leaving);
  return undefined;
}

async function remove(
  ports: ActorPorts,
  localCache: string,
  { fileType, name }: Pick<CachedBody, 'fileType' | 'name'>,
): Promise<void> {
  if (fileType === 'weblog') await removeWeblog(ports, localCache, name);
  await ports.files.remove(pathInside(localCache, name));
  ports.log.warn({ name }, 'removed: its run was superseded');
}
