// The last transfers of the handoff managers, newest first: as bars of their rates, and in a table.

import type { BatchSummary } from '../../../protocol/summaries.ts';
import { usePage } from '../connection/observatory-context.ts';
import { Icon } from '../elements/icon.tsx';
import { formatPreciseDuration } from '../format/durations.ts';
import { formatNear } from '../format/moments.ts';
import { formatBytes, formatCount, formatRate } from '../format/quantities.ts';
import { now } from '../model/server-clock.ts';

const SHOWN = 24;

export function BatchList() {
  const { observatory } = usePage();
  const batches = observatory.batch
    .all()
    .sort((one, other) => (other.start_ms ?? 0) - (one.start_ms ?? 0))
    .slice(0, SHOWN);
  if (batches.length === 0) return null;
  const fastest = Math.max(...batches.map(({ rate_mbytes_per_sec: rate }) => rate ?? 0), 1);
  return (
    <section class="panel batches" aria-labelledby="batches-title">
      <h2 id="batches-title">Last transfers</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Started</th>
            <th scope="col" class="number">
              Files
            </th>
            <th scope="col" class="number">
              Size
            </th>
            <th scope="col" class="number">
              Took
            </th>
            <th scope="col">Rate</th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {batches.map((batch) => (
            <BatchLine key={batch.id} batch={batch} fastest={fastest} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function BatchLine({ batch, fastest }: { batch: BatchSummary; fastest: number }) {
  const {
    files,
    size_bytes,
    status,
    error,
    start_ms,
    duration_s,
    rate_mbytes_per_sec: rate,
  } = batch;
  return (
    <tr>
      <td>{formatNear(start_ms, now.value)}</td>
      <td class="number">{formatCount(files)}</td>
      <td class="number">{formatBytes(size_bytes)}</td>
      <td class="number">
        {formatPreciseDuration(duration_s === null ? null : duration_s * 1000)}
      </td>
      <td class="batch-rate">
        <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          <rect class="score-ground" width="100" height="8" rx="2" />
          <rect class="rate-fill" width={((rate ?? 0) / fastest) * 100} height="8" rx="2" />
        </svg>
        {formatRate(rate)}
      </td>
      <td class="batch-outcome">
        <span class={`badge ${status === 0 ? 'good' : 'bad'}`}>
          <Icon name={status === 0 ? 'check' : 'alert'} />
          {status === 0 ? 'arrived' : `status ${status}`}
        </span>{' '}
        {error && <span class="batch-error">{error}</span>}
      </td>
    </tr>
  );
}
