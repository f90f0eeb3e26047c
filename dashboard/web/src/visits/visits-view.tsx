// Prompt processing: the last visits, the focal plane of the one that is looked at with each
// detector as it stands, how late the alerts were, and what was refused.

import { useComputed } from '@preact/signals';
import { usePage } from '../connection/observatory-context.ts';
import { formatCount } from '../format/quantities.ts';
import { type VisitGroup, visitGroups } from '../model/visit-groups.ts';
import { DetectorPanel } from './detector-panel.tsx';
import { FocalPlane } from './focal-plane.tsx';
import { GroupLine } from './group-line.tsx';
import { LatencyFigures } from './latency-figures.tsx';
import { RefusalList } from './refusal-list.tsx';
import { StateCounts } from './state-counts.tsx';
import { choose, visitChoice } from './visit-choice.ts';
import { WorkerFigures } from './worker-figures.tsx';
import { WorkerPanel } from './worker-panel.tsx';

export function VisitsView() {
  const { observatory } = usePage();
  const groups = useComputed(() => visitGroups(observatory.visit.all())).value;
  const { instrument, group, isNewest, detector, worker } = visitChoice(groups);
  if (!group || !instrument) return <NoVisits />;
  const own = groups.filter((one) => one.instrument === instrument);
  const all = own.flatMap(({ visits }) => [...visits.values()]);
  return (
    <div class="visits">
      <h1 class="visually-hidden">Visits: detectors from nextVisit to alerts</h1>
      <div class="visits-head">
        <Instruments groups={groups} chosen={instrument} />
        <LatencyFigures visits={all} />
        <WorkerFigures instrument={instrument} />
      </div>
      <GroupLine groups={own} chosen={group} isNewest={isNewest} />
      <div class="visits-body">
        <FocalPlane group={group} chosen={detector} />
        <div class="visits-side">
          <StateCounts group={group} />
          <DetectorPanel group={group} detector={detector} />
          {worker !== undefined && <WorkerPanel worker={worker} visits={all} />}
        </div>
      </div>
      <RefusalList />
    </div>
  );
}

function NoVisits() {
  const { observatory } = usePage();
  const isThere = observatory.feed.watch('visits') !== undefined;
  return (
    <div class="visits">
      <h1 class="visually-hidden">Visits: detectors from nextVisit to alerts</h1>
      <p class="empty-note">
        {isThere
          ? 'No visit was announced yet: the first nextVisit appears here.'
          : 'This site has no database of visits: prompt processing does not run here.'}
      </p>
      <RefusalList />
    </div>
  );
}

function Instruments({ groups, chosen }: { groups: readonly VisitGroup[]; chosen: string }) {
  const names = [...new Set(groups.map(({ instrument }) => instrument))].sort();
  return (
    <fieldset class="segments" aria-label="Camera">
      {names.map((name) => (
        <button
          key={name}
          type="button"
          class="button"
          aria-pressed={name === chosen}
          onClick={() => choose({ instrument: name, group: '', detector: '' })}
        >
          {name}
          <span class="faint">
            {formatCount(groups.filter(({ instrument }) => instrument === name).length)}
          </span>
        </button>
      ))}
    </fieldset>
  );
}
