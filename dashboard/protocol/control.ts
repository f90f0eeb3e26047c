// What the page of a line that was started with `--control` is told beside the rest, and what it may
// ask for. Types only.
//
//   POST /api/control/session   SessionRequest → SessionAnswer; with the token of the address
//   POST /api/control/acts      ActRequest → ActAnswer; `Authorization: Bearer <session>`

/** One process of the line. */
export interface ProcessSummary {
  /** `JAO-xtss`. */
  id: string;
  site: string;
  /** `xtss`; of a database server `couchdb`. */
  name: string;
  /** `waiting`: it ended, and is started again soon; `held`: until somebody starts it. */
  state: 'running' | 'frozen' | 'waiting' | 'held' | 'given-up';
  since_ms: number;
  /** How often it was started again after it had ended by itself. */
  restarts: number;
  /** Why it ended the last time; null where it was asked to. */
  reason: string | null;
}

/** The way between two sites, for databases and for files of the caches. */
export interface LinkSummary {
  /** `JAO-EU`. */
  id: string;
  ends: [string, string];
  state: 'open' | 'slow' | 'cut';
  since_ms: number;
}

/** What holds for the whole line. */
export interface LineSummary {
  /** Always `line`. */
  id: string;
  pace: number;
  failureRate: number;
  /** Sites whose caches have no room. */
  fullCaches: string[];
}

/** What somebody did, the newest hundred. */
export interface ActSummary {
  /** Grows. */
  id: string;
  time_ms: number;
  /** `ada@dashboard`. */
  by: string;
  /** In words. */
  what: string;
  /** Why it was refused; null where it was done. */
  refused: string | null;
}

export interface SessionRequest {
  token: string;
  /** Who it is, for the record: `ada`. */
  name: string;
}

export interface SessionAnswer {
  session: string;
  /** `ada@dashboard`. */
  by: string;
  /** Of this start of the server: acts that were made for another one are refused. */
  epoch: string;
}

export type Verdict = 'Pass' | 'Semipass' | 'Fail';

export type Act =
  | { act: 'launch'; count: number; project: string; recipe: string | null }
  | { act: 'assign'; ous: string; to: string }
  | { act: 'review'; ous: string }
  | { act: 'cancel-review'; ous: string }
  | { act: 'verdict'; ous: string; verdict: Verdict }
  | { act: 'queue-again'; ous: string }
  | { act: 'retry-message'; message: string }
  | { act: 'delete-message'; message: string }
  | { act: 'pace'; value: number }
  | { act: 'failure-rate'; value: number }
  | { act: 'process'; name: string; do: ProcessAct }
  | { act: 'link'; link: string; to: LinkSummary['state'] }
  | { act: 'cache'; site: string; full: boolean };

export type ProcessAct = 'kill' | 'freeze' | 'thaw' | 'restart' | 'hold' | 'start';

export interface ActRequest {
  /** Made by the page, another one for each act: one that came before is not done again. */
  id: string;
  epoch: string;
  act: Act;
}

export interface ActAnswer {
  /** What was done, in words. */
  text: string;
}
