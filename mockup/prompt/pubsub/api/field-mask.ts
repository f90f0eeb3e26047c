// Updates by field mask: only the named fields are taken from what the client gives.

import type { ProtoObject } from '../protocol.ts';
import { invalid } from '../pubsub-error.ts';

/** Throws INVALID_ARGUMENT for no mask, an unknown field and one that can't be changed. */
export function applyFieldMask(
  current: ProtoObject,
  given: ProtoObject,
  mask: unknown,
  changeable: readonly string[],
): ProtoObject {
  const paths = ((mask as { paths?: string[] } | null)?.paths ?? []).flatMap((path) =>
    path.split(','),
  );
  if (paths.length === 0) throw invalid('The update_mask must be specified and not empty');
  const changed = { ...current };
  for (const path of paths) {
    const key = path.trim().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!changeable.includes(key)) {
      throw invalid(`update_mask: ${JSON.stringify(path)} can't be changed`);
    }
    changed[key] = given[key];
  }
  return changed;
}
