// Drawn signs. They say nothing by themselves to a screen reader: the words beside them do.

import { stateClass, stateSign } from '../look/state-look.ts';

/** Paths of 16 by 16 units, drawn as lines. */
const paths = {
  alert: 'M8 2 14.6 13.4H1.4zM8 6.4v3.4M8 11.6v.3',
  board: 'M2 3h3v10H2zM6.5 3h3v6.5h-3zM11 3h3v8h-3z',
  line: 'M3 5.2a1.8 1.8 0 1 0 .01 0zM13 1.8a1.8 1.8 0 1 0 .01 0zM13 10.2a1.8 1.8 0 1 0 .01 0zM4.8 6.6 11.2 4M4.8 7.6l6.4 3.6',
  files: 'M3.5 1.8h5.4l3.6 3.6v8.8h-9zM8.9 1.8v3.6h3.6',
  tables: 'M2 3h12v10H2zM2 6.4h12M2 9.8h12M6.4 3v10',
  time: 'M8 1.8a6.2 6.2 0 1 0 .01 0zM8 4.6V8l2.4 1.8',
  visits: 'M5.5 1.8h5v3.4h3.7v5.6h-3.7v3.4h-5v-3.4H1.8V5.2h3.7zM5.5 5.2h5v5.6h-5z',
  control:
    'M4 2.5v5M4 11v2.5M8 2.5v1.5M8 7.5v6M12 2.5v7M12 13v.5M2.4 9.2h3.2M6.4 5.8h3.2M10.4 11.4h3.2',
  tour: 'M8 1.8a4 4 0 0 1 4 4c0 3-4 8.4-4 8.4s-4-5.4-4-8.4a4 4 0 0 1 4-4zM8 4.6a1.3 1.3 0 1 0 .01 0z',
  screen: 'M1.8 2.8h12.4v8.4H1.8zM5.5 14h5M8 11.4V14',
  help: 'M5.6 6a2.4 2.4 0 1 1 3.6 2c-.9.5-1.2 1-1.2 1.9M8 12.6v.4',
  copy: 'M5.5 5.5h8v8h-8zM2.5 10.5v-8h8',
  save: 'M3.5 2h9v12L8 10.8 3.5 14z',
  sun: 'M8 5a3 3 0 1 0 .01 0zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13',
  moon: 'M13.6 9.8A6 6 0 1 1 6.6 2.4a4.8 4.8 0 0 0 7 7.4z',
  back: 'M13 8H3M7 3.6 2.6 8 7 12.4',
  search: 'M7 2.4a4.6 4.6 0 1 0 .01 0zM10.4 10.4 14 14',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  external: 'M9 2.5h4.5V7M13.5 2.5 7.5 8.5M11.5 9v4.5h-9v-9H7',
  play: 'M4.5 2.8 12.5 8l-8 5.2z',
  pause: 'M5 3v10M11 3v10',
  up: 'M8 13V3M3.6 7.4 8 3l4.4 4.4',
  down: 'M8 3v10M3.6 8.6 8 13l4.4-4.4',
  previous: 'M10 3 5 8l5 5',
  next: 'M6 3l5 5-5 5',
  check: 'M3 8.6l3.2 3.2L13 4.6',
  minus: 'M3.5 8h9',
  plus: 'M3.5 8h9M8 3.5v9',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return <LineDrawing path={paths[name]} />;
}

export function StateIcon({ state }: { state: string }) {
  return <LineDrawing path={stateSign(state)} />;
}

export function StateBadge({ state }: { state: string }) {
  return (
    <span class={`state-badge ${stateClass(state)}`}>
      <StateIcon state={state} />
      <span>{state}</span>
    </span>
  );
}

function LineDrawing({ path }: { path: string }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        stroke-width="1.7"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
