// How long OUSs stayed in each state: the median as a bar, nine in ten as a line beyond it.

import type { ReadonlySignal } from '@preact/signals';
import { useComputed } from '@preact/signals';
import { usePage } from '../connection/observatory-context.ts';
import { StateBadge } from '../elements/icon.tsx';
import { formatPreciseDuration } from '../format/durations.ts';
import { stateClass } from '../look/state-look.ts';
import { type Span, stayLengths } from '../model/history-statistics.ts';
import type { HistoryTracks } from '../model/history-tracks.ts';

export function StayBars({ tracks, span }: { tracks: HistoryTracks; span: ReadonlySignal<Span> }) {
  const { observatory } = usePage();
  const states = observatory.config.value?.states ?? [];
  const all = useComputed(() => stayLengths(tracks.all(), span.value)).value;
  const stays = all.filter(({ state }) => states[state] !== 'Delivered');
  const longest = Math.max(1, ...stays.map(({ p90_ms }) => p90_ms));
  return (
    <section class="panel chart" aria-labelledby="stays-title">
      <h2 id="stays-title">
        Time in state <span class="faint">median, and 90 %</span>
      </h2>
      <table class="stays">
        <tbody>
          {stays.map(({ state, median_ms, p90_ms, ended }) => {
            const name = states[state] ?? '';
            return (
              <tr key={state} class={stateClass(name)} title={`${ended} stays`}>
                <th scope="row">
                  <StateBadge state={name} />
                </th>
                <td>
                  <svg
                    class="stay-bar"
                    viewBox="0 0 1000 10"
                    preserveAspectRatio="none"
                    aria-hidden="true"
                  >
                    <rect class="stay-range" y="4" width={(p90_ms / longest) * 1000} height="2" />
                    <rect
                      class="stay-median"
                      width={Math.max(4, (median_ms / longest) * 1000)}
                      height="10"
                    />
                  </svg>
                </td>
                <td class="number">{formatPreciseDuration(median_ms)}</td>
                <td class="number soft">{formatPreciseDuration(p90_ms)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {stays.length === 0 && <p class="empty-note">No stay has ended in this time.</p>}
    </section>
  );
}
