// How many OUSs were delivered in each part of the time shown.

import type { ReadonlySignal } from '@preact/signals';
import { useComputed } from '@preact/signals';
import { usePage } from '../connection/observatory-context.ts';
import { formatDuration } from '../format/durations.ts';
import { countOf, formatCount } from '../format/quantities.ts';
import { arrivals, type Span } from '../model/history-statistics.ts';
import type { HistoryTracks } from '../model/history-tracks.ts';
import { TimeAxis } from './gantt.tsx';

const PARTS = 24;
const HEIGHT = 100;

export function ThroughputBars({
  tracks,
  span,
}: {
  tracks: HistoryTracks;
  span: ReadonlySignal<Span>;
}) {
  const { observatory } = usePage();
  const counts = useComputed(() => {
    const delivered = observatory.config.value?.states.indexOf('Delivered') ?? -1;
    return arrivals(tracks.all(), span.value, PARTS, delivered);
  }).value;
  const sum = counts.reduce((total, count) => total + count, 0);
  const most = Math.max(...counts);
  const length_ms = span.value.to_ms - span.value.from_ms;
  const pitch = 1000 / PARTS;
  return (
    <section class="panel chart" aria-labelledby="throughput-title">
      <h2 id="throughput-title">
        Delivered {formatCount(sum)}{' '}
        <span class="faint">
          {perHour(sum, length_ms)}, at most {formatCount(most)} in{' '}
          {formatDuration(length_ms / PARTS)}
        </span>
      </h2>
      <div class="chart-body">
        <svg
          class="bars"
          viewBox={`0 0 1000 ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {counts.map((count, index) => {
            const height = most > 0 ? (count / most) * (HEIGHT - 4) : 0;
            return (
              <rect
                key={`${index}`}
                class="bar state-delivered"
                x={index * pitch + 4}
                y={HEIGHT - height}
                width={pitch - 8}
                height={height}
              >
                <title>{countOf(count, 'OUS', 'OUSs')}</title>
              </rect>
            );
          })}
        </svg>
        <TimeAxis span={span.value} />
      </div>
    </section>
  );
}

function perHour(count: number, length_ms: number): string {
  const rate = (count * 3_600_000) / length_ms;
  return `${rate >= 9.5 ? formatCount(Math.round(rate)) : rate.toFixed(1)} an hour`;
}
