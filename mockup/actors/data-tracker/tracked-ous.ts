// Which OUSs concern the data tracker of a site, and what has to be done about each.

import type { IndexedQuery } from '../../core/declared-query.ts';
import type { Executive } from '../../core/executives.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { enteredAt, readOus } from '../../core/ous/reading.ts';
import type { DeliveryStatus } from '../../core/products/delivery-status.ts';
import { ingestionCause } from '../../core/products/delivery-status.ts';
import { oussOfExecutive } from '../../core/queries.ts';

export type TrackedOus = {
  id: string;
  ousUid: string;
  rev: string;
} & (
  | {
      /** Ingested; waits for its products to be in the archive of this site. */
      kind: 'ingested';
      /** When it entered DeliveryInProgress. */
      since: string;
      /** The cause under which its ingestion was recorded; unknown where others recorded it. */
      ingestedBy: string | undefined;
    }
  | {
      /** Delivered by an XTSS that clears neither substate nor executive. */
      kind: 'to-clear';
      hasSubstate: boolean;
    }
);

/** Every OUS that `trackedOus` may know. One that is Delivered for good has no executive. */
export function trackedQueries(site: Executive): IndexedQuery[] {
  return [oussOfExecutive(site, 'DeliveryInProgress'), oussOfExecutive(site, 'Delivered')];
}

export function trackedOus(
  doc: OusDocument & { _rev: string },
  site: Executive,
): TrackedOus | undefined {
  const ous = readOus(doc);
  if (ous?.flags.PL_PROCESSING_EXECUTIVE !== site) return undefined;
  const base = { id: doc._id, ousUid: ous.entityId, rev: doc._rev };
  if (ous.state === 'Delivered') {
    return { ...base, kind: 'to-clear', hasSubstate: Boolean(ous.substate) };
  }
  if (ous.state !== 'DeliveryInProgress' || ous.substate !== 'ProductsIngested') return undefined;
  return { ...base, kind: 'ingested', since: enteredAt(ous), ingestedBy: ingestionOf(ous) };
}

/**
 * The products that must be in the archive, or undefined where the list is not complete yet or is
 * that of an earlier run: databases are replicated one by one, so the OUS can be ahead of it.
 */
export function expectedProducts(
  ous: Extract<TrackedOus, { kind: 'ingested' }>,
  status: DeliveryStatus | undefined,
): readonly string[] | undefined {
  if (status?.complete !== true || !Array.isArray(status.dataProducts)) return undefined;
  const { productsDir } = status;
  const isOther =
    ous.ingestedBy !== undefined &&
    (productsDir === undefined ||
      ingestionCause(productsDir, 'ProductsIngested') !== ous.ingestedBy);
  return isOther ? undefined : status.dataProducts;
}

/** Who recorded the present ingestion: the entry with which the last substate began. */
function ingestionOf(ous: OusDocument): string | undefined {
  const history = ous.history ?? [];
  const began = history.findLast(
    ({ substate }, index) =>
      substate === 'ProductsIngested' && history[index - 1]?.substate !== substate,
  );
  return began?.cause?.startsWith('ingest ') ? began.cause : undefined;
}
