// One detector's part of a visit: its history, snaps, worker and result, read when it is chosen and
// again with each change.

import type { VisitDetail } from '../../../protocol/json-api.ts';
import type { VisitSummary } from '../../../protocol/summaries.ts';
import { fetchVisit } from '../connection/api.ts';
import { useFetched } from '../connection/use-fetched.ts';
import { ErrorNote } from '../elements/error-note.tsx';
import { Icon } from '../elements/icon.tsx';
import { formatPreciseDuration } from '../format/durations.ts';
import { formatNear } from '../format/moments.ts';
import { countOf } from '../format/quantities.ts';
import { visitClass } from '../look/visit-look.ts';
import { now } from '../model/server-clock.ts';
import type { VisitGroup } from '../model/visit-groups.ts';
import { placesOf } from './plane-places.ts';
import { choose } from './visit-choice.ts';
import { VisitIcon } from './visit-icon.tsx';

interface DetectorPanelProps {
  group: VisitGroup;
  detector: number | undefined;
}

export function DetectorPanel({ group, detector }: DetectorPanelProps) {
  if (detector === undefined) {
    return <p class="empty-note">Choose a detector to see what became of it.</p>;
  }
  const visit = group.visits.get(detector);
  const name = placesOf(group).find((place) => place.detector === detector)?.name;
  return (
    <section class="panel detector-panel" aria-label={`Detector ${detector}`}>
      <header class="detector-head">
        <h2>
          {name && name !== String(detector) ? `${name} ` : ''}
          <span class="faint">detector {detector}</span>
        </h2>
        <button
          type="button"
          class="button icon-only"
          aria-label="Close"
          onClick={() => choose({ detector: '' })}
        >
          <Icon name="close" />
        </button>
      </header>
      {visit ? <Detail key={visit.id} visit={visit} /> : <p class="soft">not announced</p>}
    </section>
  );
}

function Detail({ visit }: { visit: VisitSummary }) {
  const { state, worker, claims, snaps, late, expected, latency_s, retriable } = visit;
  const revision = [state, visit.since_ms, claims, snaps, late, latency_s].join(' ');
  const fetched = useFetched(visit.id, revision, (signal) => fetchVisit(visit.id, signal)).value;
  const isFailure = state === 'failed' || state === 'timed-out';
  return (
    <>
      <p class={`state-badge ${visitClass(state)}`}>
        <VisitIcon state={state} />
        {state}
        {isFailure && retriable && <span class="badge warn">tried again</span>}
      </p>
      <dl class="facts">
        <div>
          <dt>Worker</dt>
          <dd>
            {worker === null ? (
              '–'
            ) : (
              <button type="button" class="visit-link mono" onClick={() => choose({ worker })}>
                {worker}
              </button>
            )}
          </dd>
        </div>
        <Fact name="Claimed" value={countOf(claims, 'time')} />
        <Fact
          name="Snaps"
          value={`${snaps} of ${expected ?? '?'}${late ? `, ${late} late` : ''}`}
        />
        <Fact
          name="Readout to alerts"
          value={latency_s === null ? '–' : `${latency_s.toFixed(1)} s`}
        />
      </dl>
      {fetched.error && <ErrorNote error={fetched.error} what="this visit" />}
      {fetched.value && <History detail={fetched.value} />}
    </>
  );
}

function History({ detail }: { detail: VisitDetail }) {
  const { history, snaps, result, subscription, filter, ra, dec } = detail;
  const pointing = [filter && `filter ${filter}`, degrees('RA', ra), degrees('Dec', dec)];
  return (
    <>
      {result && (
        <p class="visit-result">
          {countOf(result.diaSources, 'source')}, {countOf(result.diaObjects, 'object')},{' '}
          <strong>{countOf(result.alerts, 'alert')}</strong>
        </p>
      )}
      <ol class="visit-steps">
        {history.map(({ time_ms, state, by, reason }, index) => (
          <li key={index} class={visitClass(state)}>
            <VisitIcon state={state} />
            <strong>{state}</strong>
            <time>{formatNear(time_ms, now.value)}</time>
            <span class="faint">{stayed(time_ms, history[index + 1]?.time_ms)}</span>
            <span class="visit-by">
              {by}
              {reason && <span class="visit-reason"> {reason}</span>}
            </span>
          </li>
        ))}
      </ol>
      {snaps.map(({ snap, exposure, stored_ms, late }, index) => (
        <p key={index} class="visit-snap">
          Snap {snap ?? '?'} <span class="mono">{exposure}</span> in the bucket{' '}
          {formatNear(stored_ms, now.value)} {late && <span class="badge warn">too late</span>}
        </p>
      ))}
      <p class="faint">{pointing.filter(Boolean).join(' · ')}</p>
      {subscription && <p class="faint mono">{subscription}</p>}
    </>
  );
}

function stayed(from_ms: number | null, to_ms: number | null | undefined): string {
  if (from_ms === null || to_ms === null || to_ms === undefined) return '';
  return formatPreciseDuration(to_ms - from_ms);
}

function degrees(name: string, value: number | null): string {
  return value === null ? '' : `${name} ${value.toFixed(2)}°`;
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
