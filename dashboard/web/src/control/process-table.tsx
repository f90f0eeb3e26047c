// Every actor and database server of the line, and what can be done to it.

import type { ProcessAct, ProcessSummary } from '../../../protocol/control.ts';
import { usePage } from '../connection/observatory-context.ts';
import { formatDuration } from '../format/durations.ts';
import { now } from '../model/server-clock.ts';
import { ActButton } from './act-button.tsx';

const actsIn: Record<ProcessSummary['state'], readonly ProcessAct[]> = {
  running: ['freeze', 'kill', 'restart', 'hold'],
  frozen: ['thaw', 'kill', 'restart', 'hold'],
  waiting: ['restart', 'hold'],
  held: ['start'],
  'given-up': ['start'],
};
const actWords: Record<ProcessAct, string> = {
  kill: 'Kill',
  freeze: 'Freeze',
  thaw: 'Thaw',
  restart: 'Restart',
  hold: 'Stop',
  start: 'Start',
};
const looks: Record<ProcessSummary['state'], { kind: string; word: string }> = {
  running: { kind: 'good', word: 'running' },
  frozen: { kind: 'warn', word: 'frozen' },
  waiting: { kind: 'bad', word: 'down, starts again' },
  held: { kind: '', word: 'stopped' },
  'given-up': { kind: 'bad', word: 'given up' },
};

export function ProcessTable() {
  const { observatory } = usePage();
  const processes = observatory.process.all();
  return (
    <section class="panel control-panel" aria-labelledby="processes-title">
      <h2 id="processes-title">Actors and databases</h2>
      <table class="process-table">
        <thead>
          <tr>
            <th scope="col">Process</th>
            <th scope="col">State</th>
            <th scope="col">Acts</th>
          </tr>
        </thead>
        <tbody>
          {processes.map((process) => (
            <tr key={process.id} data-process={process.id}>
              <th scope="row">
                <span class="faint">{process.site}</span> {process.name}
              </th>
              <td>
                <ProcessState process={process} />
              </td>
              <td>
                <ProcessButtons process={process} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function ProcessState({ process }: { process: ProcessSummary }) {
  const { state, since_ms, restarts, reason } = process;
  const { kind, word } = looks[state];
  return (
    <span title={reason ?? undefined}>
      <span class={`badge ${kind}`}>{word}</span>{' '}
      <span class="faint">
        {formatDuration(now.value - since_ms)}
        {restarts > 0 && `, ${restarts}× restarted`}
      </span>
    </span>
  );
}

export function ProcessButtons({ process }: { process: ProcessSummary }) {
  return (
    <div class="control-buttons">
      {actsIn[process.state].map((what) => (
        <ActButton
          key={what}
          act={{ act: 'process', name: process.id, do: what }}
          label={`${actWords[what]} ${process.id}`}
          {...(what === 'kill' && { kind: 'bad' as const })}
        >
          {actWords[what]}
        </ActButton>
      ))}
    </div>
  );
}
