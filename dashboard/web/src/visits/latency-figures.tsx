// From the end of readout to the alerts, against the promise, over the visits that are shown.

import type { VisitSummary } from '../../../protocol/summaries.ts';
import { usePage } from '../connection/observatory-context.ts';
import { Icon } from '../elements/icon.tsx';
import { countOf } from '../format/quantities.ts';
import { latenciesOf, PROMISE_S, PROMISED_SHARE } from '../model/visit-groups.ts';

export function LatencyFigures({ visits }: { visits: readonly VisitSummary[] }) {
  const { observatory } = usePage();
  const { measured, within, median_s, promised_s, withoutAlerts } = latenciesOf(visits);
  const share = measured === 0 ? null : within / measured;
  const isKept = share === null || share >= PROMISED_SHARE;
  const refused = observatory.refusal.all().length;
  return (
    <dl class="latency-figures">
      <div class={isKept ? '' : 'is-broken'}>
        <dt>
          Alerts within {PROMISE_S} s of readout{' '}
          <span class="faint">(promised {PROMISED_SHARE * 100} %)</span>
        </dt>
        <dd>
          {share !== null && <Icon name={isKept ? 'check' : 'alert'} />}
          {share === null ? 'none yet' : `${shownShare(share)} %`}
          <span class="faint"> of {countOf(measured, 'detector')}</span>
        </dd>
      </div>
      <Figure name="Median" value={seconds(median_s)} />
      <Figure name="98 % within" value={seconds(promised_s)} />
      <Figure name="Ended without alerts" value={String(withoutAlerts)} />
      {refused > 0 && <Figure name="Refused" value={String(refused)} />}
    </dl>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Rounded down, so that no broken promise looks kept. */
function shownShare(share: number): string {
  return (Math.floor(share * 1000) / 10).toFixed(share === 1 ? 0 : 1);
}

function seconds(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(1)} s`;
}
