// The selectors of the message bus, and the names of the databases: the wire format's vocabulary.

import type { Executive } from '../executives.ts';

export const XTSS_SELECTOR = 'xtss';
export const PIPELINE_REPORT_SELECTOR = 'pipeline.report.JAO';
export const INGEST_SELECTOR = 'ingest.JAO';

export function pipelineProcessSelector(executive: Executive): string {
  return `pipeline.process.${executive}`;
}

export function cachedSelector(executive: Executive): string {
  return `cached.${executive}`;
}

/** For a cache: what it was told of is no longer to be kept. */
export function withdrawnSelector(executive: Executive): string {
  return `withdrawn.${executive}`;
}
