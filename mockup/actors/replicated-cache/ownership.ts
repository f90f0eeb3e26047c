// A directory belongs to the executive that processed its OUS. Whoever may write a message can say
// that something is cached anywhere; here the OUS, and who reported the products, decide.

import { databaseNames } from '../../core/databases.ts';
import { AppError, InvalidInputError } from '../../core/errors.ts';
import { documentId, uidAsFileNamePart } from '../../core/identifiers.ts';
import type { CachedBody } from '../../core/messages/message-bodies.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { readOus } from '../../core/ous/reading.ts';
import { progIdOf } from '../../core/products/product-names.ts';
import { oussOfProject, reportsOfProducts } from '../../core/queries.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import type { Document } from '../../platform/couch/database.ts';

/** Each doubles the number of UIDs that a weblog's name may stand for. */
const DASHES_MAX = 8;

type Named = Pick<CachedBody, 'fileType' | 'name' | 'ousUID'>;

/**
 * Throws InvalidInputError where another executive processed the OUS, and a retriable AppError where
 * it is not known here (yet). Python actors name no OUS: then the name tells which it may be of.
 */
export async function requireOwner(ports: ActorPorts, cached: CachedBody): Promise<void> {
  const { cachedAt, name } = cached;
  const reporters = await reportersOf(ports, cached);
  const ouss = await oussNamed(ports, { ...cached, ousUID: cached.ousUID ?? reporters.ousUid });
  if (reporters.sources.length > 0 && !reporters.sources.includes(cachedAt)) {
    throw notOf(cachedAt, name, reporters.sources);
  }
  const executives = ouss.map(executivesOf);
  // An XTSS that keeps no history leaves nothing once the flag is cleared: nothing speaks against it.
  if (executives.some((known) => known.length === 0 || known.includes(cachedAt))) return;
  throw notOf(cachedAt, name, executives.flat());
}

/** Throws InvalidInputError where a file of this name is none of the OUS. */
export async function requireNameOf(
  ports: ActorPorts,
  named: Named & { ousUID: string },
): Promise<void> {
  await oussNamed(ports, named);
}

function notOf(cachedAt: string, name: string, owners: readonly string[]): InvalidInputError {
  const whose = [...new Set(owners)].join(', ');
  return new InvalidInputError(`${name} does not belong to ${cachedAt}, but to ${whose}`, {
    hint: 'a directory belongs to the executive that processed its OUS',
  });
}

/** The OUSs that a name may be of; at least one. */
async function oussNamed(ports: ActorPorts, named: Named): Promise<OusDocument[]> {
  const { fileType, name, ousUID } = named;
  const database = ports.databases.open(databaseNames.statusEntities);
  const ids = ousUID === undefined ? possibleIds(named) : [documentId(ousUID)];
  const progId = progIdOf(name);
  const found =
    fileType === 'productsdir' && ousUID === undefined && progId !== undefined
      ? await database.find<OusDocument & Document>(oussOfProject(progId))
      : (await database.getMany<OusDocument & Document>(ids)).flatMap((lookup) =>
          'doc' in lookup ? [lookup.doc] : [],
        );
  const ouss = found.flatMap((doc) => readOus(doc) ?? []);
  if (ouss.length === 0) {
    throw new AppError('ous_unknown', `no OUS is known to which ${name} could belong`, {
      retriable: true,
    });
  }
  const fitting = ouss.filter((ous) => fits(ous, named));
  if (fitting.length > 0) return fitting;
  throw new InvalidInputError(`${name} is no name of ${ouss[0]?.entityId}`);
}

function fits({ entityId, progID }: OusDocument, { fileType, name }: Named): boolean {
  if (fileType === 'productsdir') return name.startsWith(`${progID}_`);
  return name.startsWith(`weblog-${uidAsFileNamePart(entityId)}-`);
}

/**
 * Ids of the OUSs of which this may be a weblog: in its name `-` stands for the `/` of the UID, which
 * may have others.
 */
function possibleIds({ name }: Named): string[] {
  const [, uid] = /^weblog-(.{1,100})-\d{4}-\d\d-\d\dT/.exec(name) ?? [];
  const [first, ...rest] = uid?.split('-') ?? [];
  if (first === undefined || rest.length > DASHES_MAX) return [];
  let ids = [`uid___${first}`];
  for (const part of rest) ids = ids.flatMap((id) => [`${id}_${part}`, `${id}-${part}`]);
  return ids;
}

async function reportersOf(
  ports: ActorPorts,
  { fileType, name }: CachedBody,
): Promise<{ sources: string[]; ousUid: string | undefined }> {
  if (fileType === 'weblog') return { sources: [], ousUid: undefined };
  const database = ports.databases.open(databaseNames.pipelineReports);
  const reports = await database.find<Document & { ousUID?: unknown; source?: unknown }>(
    reportsOfProducts(name),
  );
  const [first] = reports;
  return {
    sources: reports.map(({ source }) => String(source)),
    ousUid: typeof first?.ousUID === 'string' ? first.ousUID : undefined,
  };
}

function executivesOf(ous: OusDocument): string[] {
  const known = (ous.history ?? []).map(({ executive }) => executive);
  known.push(ous.flags.PL_PROCESSING_EXECUTIVE ?? null);
  return known.filter((executive) => executive !== null);
}
