// Finder: what appears in the buffer waits for its transfer, what vanishes no longer does, and what
// can't be shipped goes on record with the reason.

import { fileRecordId } from '../../../core/dbb/file-record.ts';
import { formatTimestamp } from '../../../core/timestamps.ts';
import type { TreeChanges } from '../../files/tree-snapshot.ts';
import type { HandoffParts } from '../parts.ts';
import { addFile, report } from '../records/file-reports.ts';

export function takeChanges(parts: HandoffParts, changes: TreeChanges): void {
  const discovered_ms = parts.clock.now();
  for (const path of changes.gone) takeGone(parts, path);
  for (const version of changes.found) {
    addFile(parts, { version, discovered_ms, attempts: 0 });
  }
  for (const { version, reason } of changes.odd) {
    const { path } = version;
    parts.statistics.skipped++;
    parts.statistics.noteFailure({ path, attempts: 0, reason: `skipped: ${reason}` });
    parts.log.warn({ path, reason }, 'skipped');
    report(parts, { version, discovered_ms, attempts: 0 }, 'skipped', { reason });
  }
}

function takeGone(parts: HandoffParts, path: string): void {
  parts.statistics.forgetFailure(path);
  if (parts.waiting.isInHand(path)) return;
  const file = parts.waiting.remove(path);
  if (!file) return;
  const id = fileRecordId(file.version);
  // A name that came and went at once: a temporary one of its writer, as a rule.
  if (parts.files.isUnwritten(id) && !file.record) return void parts.files.withdraw(id);
  const fields = { deleted_on: formatTimestamp(parts.clock.now()) };
  const reason = 'it vanished from the buffer before it was shipped';
  report(parts, file, 'gone', { reason, fields });
}
