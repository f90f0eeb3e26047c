// A finder that runs, in the database of the file records: for `status` alone, which tells by it
// whether it lives and whether anything keeps it from its work.

export interface FinderPresence {
  _id: string;
  _rev?: string;
  type: 'endpoint-finder';
  host: string;
  /** Processes of the same machine see each other's pids. */
  machine: string;
  pid: number;
  source: string;
  started: string;
  /** Its last sign of life, by its own clock. */
  seen: string;
  /** Why nothing is taken in; null while all is well. */
  trouble: string | null;
}

const PREFIX = 'finder:';

export function presenceId(instance: string): string {
  return PREFIX + instance;
}

export const presenceRange = { startKey: PREFIX, endKey: `${PREFIX}\u{10ffff}` };
