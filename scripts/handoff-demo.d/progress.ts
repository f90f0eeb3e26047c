// Where the images are, by the records of both managers: what the table of the demonstration shows.

import { fileStates } from '../../mockup/core/dbb/file-life-cycle.ts';
import { readEndpointStatus } from '../../mockup/dbb/endpoint/endpoint-status.ts';
import type { DatabaseServer } from '../../mockup/platform/couch/database.ts';
import { isProcessGone } from '../../mockup/platform/process/machine-identity.ts';
import { databases } from './places.ts';

export interface Progress {
  /** By state, in the handoff manager's records. */
  handoff: Record<string, number>;
  stored: number;
  aside: number;
  /** Files that each ingester brought in. */
  ingested: Record<string, number>;
  /** Attempts that failed or are in doubt. */
  failed: number;
}

export async function readProgress(server: DatabaseServer): Promise<Progress> {
  const names = await server.names();
  const progress: Progress = { handoff: {}, stored: 0, aside: 0, ingested: {}, failed: 0 };
  if (names.includes(databases.handoffFiles)) {
    const records = await server
      .open(databases.handoffFiles)
      .find<{ state: string }>({ selector: { type: 'handoff-file' }, fields: ['state'] });
    for (const state of fileStates) {
      progress.handoff[state] = records.filter((record) => record.state === state).length;
    }
  }
  const { files } = databases;
  for (const events of [databases.ngas, databases.copies]) {
    if (!names.includes(events) || !names.includes(files)) continue;
    const place = { files, contents: `${files}-contents`, events };
    const life = { isProcessGone, now_ms: Date.now() };
    const status = await readEndpointStatus(server, place, life).catch(() => undefined);
    if (!status?.events) continue;
    const { counts } = status.events;
    progress.stored = status.files;
    progress.aside = status.aside.length;
    progress.ingested[events] = counts.SUCCESS;
    progress.failed += counts.FAILURE + counts.UNKNOWN + counts.INVALID;
  }
  return progress;
}

export function describeProgress(written: number, progress: Progress): string {
  const { handoff, stored, ingested, failed, aside } = progress;
  const moving = (handoff.discovered ?? 0) + (handoff.transferring ?? 0);
  const parts = [
    `${written} written`,
    `${moving} on their way`,
    `${handoff.held ?? 0} held`,
    `${stored} stored`,
    `${ingested[databases.ngas] ?? 0} in NGAS`,
    `${ingested[databases.copies] ?? 0} copied`,
  ];
  if (failed > 0) parts.push(`${failed} failed`);
  if (aside > 0) parts.push(`${aside} set aside`);
  return parts.join('  →  ');
}
