// A simulated JAO with an OUS whose Pipeline run is over, and its report.

import { type AquaQa2Options, createAquaQa2 } from '../../../mockup/actors/aqua-qa2/aqua-qa2.ts';
import type { ReportDocument } from '../../../mockup/actors/aqua-qa2/pipeline-reports.ts';
import {
  INGEST_SELECTOR,
  PIPELINE_REPORT_SELECTOR,
} from '../../../mockup/core/messages/selectors.ts';
import { makePipelineReport } from '../../../mockup/core/products/pipeline-report-writer.ts';
import { productsDirectoryName } from '../../../mockup/core/products/product-names.ts';
import type { OperatorScript } from '../../../mockup/simulator/console/scripted-console.ts';
import type { ActorStart, WorldOptions } from '../../../mockup/simulator/world/world.ts';
import {
  createJaoWorld,
  type JaoWorld,
  PROG_ID,
  pythonOus,
  startXtss,
  UID,
} from '../jao-world.ts';

export const recipe = 'PipelineImaging';

export function aqua(
  options: AquaQa2Options,
  script?: OperatorScript,
): ActorStart<AquaQa2Options> {
  const start = { site: 'JAO', name: 'aqua-qa2', factory: createAquaQa2, options } as const;
  return { ...start, ...(script && { script }) };
}

export const robot = (pass = 1, semipass = 0, fail = 0) =>
  aqua({ auto: { pass, semipass, fail } });

export function reportXml(ousUid: string, timestamp: string): string {
  return makePipelineReport({
    progId: PROG_ID,
    ousUid,
    recipe,
    timestamp,
    processingTime_s: 5,
    topics: [
      { topic: 'Dataset', score: 0.98, reason: 'complete' },
      { topic: 'Calibration', score: 0.75, reason: 'phase \u001b[31m<noise>' },
    ],
  });
}

/** The body of `pipeline.report.JAO`. */
export function reportBody(timestamp: string, ousUID = UID) {
  return {
    ousUID,
    timestamp,
    source: 'EU',
    report: Buffer.from(reportXml(ousUID, timestamp)).toString('base64'),
    productsDir: productsDirectoryName(PROG_ID, timestamp),
  };
}

export function sendReport(world: JaoWorld, timestamp: string, ousUID = UID): Promise<void> {
  const body = reportBody(timestamp, ousUID);
  return world.as('pipeline-driver', (ports) => ports.bus.send(PIPELINE_REPORT_SELECTOR, body));
}

export const setState = (world: JaoWorld, value: string, ousUID = UID) =>
  world.ask({ operation: 'set-state', ousUID, value });

/** Through Processing to ReadyForReview; gives the time at which Processing began. */
export async function process(world: JaoWorld, ousUid = UID): Promise<string> {
  await setState(world, 'Processing', ousUid);
  const since = world.ous(ousUid)?.timestamp ?? '';
  await setState(world, 'ReadyForReview', ousUid);
  return since;
}

/** OUSs that are ReadyForReview, with their reports on the bus. */
export async function startReviewing(
  ousUids: readonly string[] = [UID],
  options: Partial<WorldOptions> = {},
): Promise<JaoWorld> {
  const world = await createJaoWorld(options);
  startXtss(world);
  for (const entityId of ousUids) {
    await world.put('status-entities', pythonOus({ entityId, substate: recipe }));
    await sendReport(world, await process(world, entityId), entityId);
  }
  return world;
}

export const reports = (world: JaoWorld) =>
  world.documents<ReportDocument>('pipeline-reports').filter((doc) => 'ousUID' in doc);

export const ingests = (world: JaoWorld) =>
  world.messages(INGEST_SELECTOR).map(({ body }) => body);

export const inState = (world: JaoWorld, state: string, ousUid = UID) =>
  world.ous(ousUid)?.state === state;
