// The driver's own work after the pipeline, as post-tasks: products and weblog go to the local
// cache, the caches and AQUA are told. Each can be repeated.

import type { CachedBody, PipelineReportBody } from '../../core/messages/message-bodies.ts';
import { cachedSelector, PIPELINE_REPORT_SELECTOR } from '../../core/messages/selectors.ts';
import type { RunIdentity } from '../../core/ous/run-identity.ts';
import { productsSubpath } from '../../core/products/product-names.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { type RetryTable, retry } from '../../platform/clock/retry.ts';
import type { Files } from '../../platform/files/files.ts';
import { joinPath } from '../../platform/files/paths.ts';
import type { RunRecord } from './run-directory.ts';
import type { RunProducts } from './run-products.ts';
import type { DriverStep } from './step.ts';

/** The Pipeline has done its work: a full cache is no reason to do it again. */
const FULL_DISK_RETRIES: RetryTable = { delays_s: [1, 2, 5, 10, 30, 60], limit_s: 24 * 3600 };

/** `products` gives what the pipeline wrote; it is asked after the pipeline's step. */
export function deliverySteps(
  ports: ActorPorts,
  run: RunRecord,
  options: { runDirectory: string; cacheDirectory: string; identity: RunIdentity | undefined },
  products: () => RunProducts,
): DriverStep[] {
  const { runDirectory, cacheDirectory, identity } = options;
  const own = (name: string, work: DriverStep['run']): DriverStep => ({
    phase: 'post',
    name,
    when: 'no-problem',
    run: work,
  });
  return [
    own('copy to the cache', ({ signal }) =>
      retry(ports, FULL_DISK_RETRIES, 'copy to the cache', signal, async () => {
        const { productsDir, directory, weblog } = products();
        const ousDirectory = joinPath(productsDir, productsSubpath(run.ousUid), '..');
        const from = joinPath(runDirectory, ousDirectory);
        await copyOnce(ports.files, from, joinPath(cacheDirectory, ousDirectory));
        await copyOnce(ports.files, joinPath(directory, weblog), joinPath(cacheDirectory, weblog));
      }),
    ),
    own('announce', async () => {
      const { directory, report } = products();
      const content = await ports.files.read(joinPath(directory, report));
      const encoded = Buffer.from(content).toString('base64');
      await announce(ports, run, products(), { report: encoded, identity });
    }),
  ];
}

/** A copy appears whole or not at all, so one that is there is complete. */
async function copyOnce(files: Files, from: string, to: string): Promise<void> {
  if (!(await files.stat(to))) await files.copy(from, to);
}

async function announce(
  ports: ActorPorts,
  run: RunRecord,
  { productsDir, weblog, timestamp }: RunProducts,
  { report, identity }: { report: string; identity: RunIdentity | undefined },
): Promise<void> {
  const { site, bus } = ports;
  const attempt = (identity?.attempt ?? 1) > 1 ? ` ${identity?.attempt}` : '';
  const origin = identity === undefined ? {} : { ousUID: run.ousUid, run: identity };
  const send = (selector: string, what: string, body: object) =>
    bus.send(selector, body, {
      // A later attempt speaks for itself: what an earlier one said may be refused.
      key: `${run.ousUid} ${run.timestamp} ${what}${attempt}`,
      creationTimestamp: run.timestamp,
    });
  const cached = (at: typeof site, fileType: CachedBody['fileType'], name: string) => {
    const body: CachedBody = { fileType, cachedAt: site, name, ...origin };
    return send(cachedSelector(at), `cached ${fileType}`, body);
  };
  const body: PipelineReportBody = {
    ousUID: run.ousUid,
    timestamp,
    source: site,
    report,
    productsDir,
    ...(identity && { run: identity }),
  };
  await Promise.all([
    cached('JAO', 'productsdir', productsDir),
    cached('JAO', 'weblog', weblog),
    ...(site === 'JAO' ? [] : [cached(site, 'weblog', weblog)]),
    send(PIPELINE_REPORT_SELECTOR, 'pipeline report', body),
  ]);
}
