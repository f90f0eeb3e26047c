// What happened, as `--json` writes it.

import { writeFileSync } from 'node:fs';
import { describeError } from '../../core/errors.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { UsageError } from '../usage-error.ts';
import type { SiteCounts } from './settling.ts';

export interface LineReport {
  outcome: 'delivered' | 'failed' | 'stopped';
  /** Why it failed. */
  reason?: string;
  started: string;
  finished: string;
  duration_s: number;
  dataDirectory: string;
  /** Processes that ended unexpectedly and were started again: name → how often. */
  restarts: Record<string, number>;
  ouss: Pick<OusDocument, 'entityId' | 'progID' | 'state' | 'substate' | 'flags' | 'history'>[];
  sites: SiteCounts[];
}

export function reportedOus(ous: OusDocument): LineReport['ouss'][number] {
  const { entityId, progID, state, substate, flags, history } = ous;
  return { entityId, progID, state, substate, flags, history: history ?? [] };
}

/** Checked at the start too, so that hours of work are not followed by an error. */
export function writeReport(path: string, report: LineReport | undefined): void {
  try {
    writeFileSync(path, report ? `${JSON.stringify(report, null, 2)}\n` : '');
  } catch (error) {
    throw new UsageError(`can't write --json ${path}: ${describeError(error)}`, { cause: error });
  }
}
