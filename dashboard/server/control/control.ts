// What the dashboard needs of whoever can act on the line. The dashboard itself checks who asks and
// keeps the record; it neither writes to a database nor ends a process.

import type { Act, LineSummary, LinkSummary, ProcessSummary } from '../../protocol/control.ts';

/** The line, as far as it can be acted on. */
export interface LineState {
  processes: ProcessSummary[];
  links: LinkSummary[];
  line: LineSummary;
}

export interface Control {
  /** Does it in the name of `operator` (`ada`); gives in words what was done. Throws AppError. */
  perform(act: Act, operator: string): Promise<string>;
  /** Calls back with the state of the line, now and after each change. */
  onState(callback: (state: LineState) => void): void;
  /** Told of each act, done or refused, for the terminal and the log. */
  record(text: string): void;
  /** Told of the token that takes the place of the one that was just used. */
  onToken(token: string): void;
}

export interface ControlOptions {
  control: Control;
  /** What sessions are signed with; the same after a restart, so that they go on. */
  secret: string;
  /** The first one. */
  token: string;
}
