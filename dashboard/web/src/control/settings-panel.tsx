// Pace and failure rate of the whole line, and which robots are in the place of persons.

import { usePage } from '../connection/observatory-context.ts';
import { ActButton } from './act-button.tsx';

const paces = [
  [0, 'no waiting'],
  [0.2, 'fast'],
  [1, 'normal'],
  [3, 'slow'],
] as const;
const rates = [0, 0.1, 0.3, 0.6, 0.9] as const;
const robots = [
  ['JAO-dra', 'DRA assigns by itself'],
  ['JAO-aqua-qa2', 'QA2 reviews by itself'],
] as const;

export function SettingsPanel() {
  const { observatory } = usePage();
  const line = observatory.line.watch('line');
  if (!line) return null;
  return (
    <section class="panel control-panel" aria-labelledby="settings-title">
      <h2 id="settings-title">Settings</h2>
      <Row name="Pace">
        {paces.map(([value, words]) => (
          <ActButton
            key={value}
            act={{ act: 'pace', value }}
            pressed={line.pace === value}
            label={`Pace ${value}: ${words}`}
          >
            {words}
          </ActButton>
        ))}
        {!paces.some(([value]) => value === line.pace) && <span class="soft">{line.pace}</span>}
      </Row>
      <Row name="Failing runs">
        {rates.map((value) => (
          <ActButton
            key={value}
            act={{ act: 'failure-rate', value }}
            pressed={line.failureRate === value}
            label={`${Math.round(value * 100)} % of runs and reviews fail`}
          >
            {Math.round(value * 100)} %
          </ActButton>
        ))}
      </Row>
      <Row name="Robots">
        {robots.map(([id, words]) => (
          <Robot key={id} id={id} words={words} />
        ))}
      </Row>
    </section>
  );
}

function Robot({ id, words }: { id: string; words: string }) {
  const { observatory } = usePage();
  const state = observatory.process.watch(id)?.state;
  if (!state) return null;
  const isOn = state !== 'held' && state !== 'given-up';
  return (
    <ActButton act={{ act: 'process', name: id, do: isOn ? 'hold' : 'start' }} pressed={isOn}>
      {words}
    </ActButton>
  );
}

function Row({ name, children }: { name: string; children?: preact.ComponentChildren }) {
  return (
    <fieldset class="control-row">
      <legend>{name}</legend>
      <div class="control-buttons">{children}</div>
    </fieldset>
  );
}
