// A process that ingests, in the database of its events. Its claims all refer to this document, so
// that one small write renews the lease of thousands of files. Whoever watches judges the lease by
// the own clock: no two clocks are compared.

export interface IngestHolder {
  _id: string;
  _rev?: string;
  type: 'endpoint-holder';
  instance: string;
  host: string;
  /** Processes of the same machine see each other's pids. */
  machine: string;
  pid: number;
  /** Its plugin processes: an attempt is over when these are gone too. */
  workers: number[];
  started: string;
  lease_s: number;
  renewals: number;
  /** False where nothing is in its hands: then nobody need watch it. */
  working: boolean;
  /** Why nothing goes through: its target is away. */
  trouble?: string | null;
  /** Its last sign of life, by its own clock. */
  seen?: string;
}

const PREFIX = 'holder:';

export function holderId(instance: string): string {
  return PREFIX + instance;
}

export const holderRange = { startKey: PREFIX, endKey: `${PREFIX}\u{10ffff}` };

export function describeHolder(holder: Pick<IngestHolder, 'pid' | 'host'> | undefined): string {
  return holder ? `process ${holder.pid} on ${holder.host}` : 'a process that left no trace';
}
