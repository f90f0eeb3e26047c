// Everything that one run of the mock pipeline comes up with: how long it takes, whether it fails,
// and what is in its files. It all follows from the seed, so a repeated run writes the same bytes.

import { createHash } from 'node:crypto';
import {
  makePipelineReport,
  type PipelineReport,
} from '../../core/products/pipeline-report-writer.ts';
import {
  PRODUCTS_PER_RUN,
  productFileName,
  reportFileName,
  weblogName,
} from '../../core/products/product-names.ts';
import { makeZip } from '../../platform/files/zip.ts';
import { integerBetween } from '../../platform/random/random.ts';
import { createSeededRandom } from '../../platform/random/seeded-random.ts';
import { drawScores } from './scores.ts';
import { makeWeblogPage } from './weblog.ts';

const WAIT_S = { low: 3, high: 8 };
const PRODUCT_SIZE_BYTES = { low: 4 * 1024, high: 32 * 1024 };

export interface RunIdentity {
  progId: string;
  ousUid: string;
  recipe: string;
  timestamp: string;
  seed: string;
}

export interface RunFile {
  name: string;
  content: Uint8Array;
}

/** Seconds of mock processing, before the pace. */
export function drawProcessingTime(seed: string): number {
  return integerBetween(createSeededRandom(`${seed} wait`), WAIT_S.low, WAIT_S.high);
}

export function drawFailure(seed: string, failureRate: number): boolean {
  return createSeededRandom(`${seed} failure`).next() < failureRate;
}

/** The files of the products directory: report, five products, weblog. */
export function makeRunFiles(run: RunIdentity, productSize_bytes?: number): RunFile[] {
  const report: PipelineReport = {
    ...run,
    processingTime_s: drawProcessingTime(run.seed),
    topics: drawScores(createSeededRandom(`${run.seed} scores`)),
  };
  const products = Array.from({ length: PRODUCTS_PER_RUN }, (_, index) =>
    makeProduct(run, index, productSize_bytes),
  );
  return [
    {
      name: reportFileName(run.ousUid, run.timestamp),
      content: Buffer.from(makePipelineReport(report)),
    },
    ...products,
    makeWeblog(run, report, products),
  ];
}

function makeProduct(run: RunIdentity, index: number, wanted_bytes?: number): RunFile {
  const seed = `${run.seed} product ${index}`;
  const { low, high } = PRODUCT_SIZE_BYTES;
  const size_bytes = wanted_bytes ?? integerBetween(createSeededRandom(seed), low, high);
  const header = Buffer.from(`Mock data product ${index} of ${run.ousUid} by ${run.recipe}\n`);
  const outputLength = Math.max(size_bytes - header.length, 1);
  const data = createHash('shake256', { outputLength }).update(seed).digest();
  return {
    name: productFileName(index, run.ousUid, run.timestamp),
    content: Buffer.concat([header, data]),
  };
}

function makeWeblog(
  run: RunIdentity,
  report: PipelineReport,
  products: readonly RunFile[],
): RunFile {
  const name = weblogName(run.ousUid, run.timestamp);
  const listed = products.map((file) => ({ name: file.name, size_bytes: file.content.length }));
  const page = Buffer.from(makeWeblogPage(report, listed));
  return {
    name: `${name}.zip`,
    content: makeZip([{ name: `${name}/index.html`, content: page }]),
  };
}
