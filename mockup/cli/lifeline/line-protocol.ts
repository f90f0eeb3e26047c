// What a dashboard and the `draws up` that started it tell each other over the lifeline. Only the two
// processes have it: no port, and nobody else can speak there.

import type { LineState } from '../../../dashboard/server/control/control.ts';

/** What only `draws up` can do. */
export type LineAct =
  | { act: 'pace'; value: number }
  | { act: 'failure-rate'; value: number }
  | { act: 'process'; name: string; do: string }
  | { act: 'link'; link: string; to: string }
  | { act: 'cache'; site: string; full: boolean };

export type ToLine =
  | { control: 'hello' }
  | { control: 'ask'; id: number; act: LineAct }
  | { control: 'record'; text: string }
  | { control: 'token'; token: string };

export type FromLine =
  | { control: 'state'; state: LineState }
  | { control: 'answer'; id: number; text: string }
  | { control: 'refusal'; id: number; code: string; message: string }
  /** To every process of the line. */
  | { control: 'settings'; pace: number; failureRate: number };

/** Anything else on the lifeline is none of this. */
export function readToLine(message: unknown): ToLine | undefined {
  return isOfControl(message) ? (message as ToLine) : undefined;
}

export function readFromLine(message: unknown): FromLine | undefined {
  return isOfControl(message) ? (message as FromLine) : undefined;
}

function isOfControl(message: unknown): boolean {
  return typeof (message as { control?: unknown } | null)?.control === 'string';
}
