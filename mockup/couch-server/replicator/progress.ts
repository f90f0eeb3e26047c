import type { Sequence } from './peers/peer.ts';

// What a running replication has done so far: the numbers of `_active_tasks`, `_scheduler` and the
// checkpoint history. The loop writes them, everybody else only reads.

const counterNames = [
  'missing_checked',
  'missing_found',
  'docs_read',
  'docs_written',
  'doc_write_failures',
  'bulk_get_docs',
  'bulk_get_attempts',
] as const;

export type Counters = Record<(typeof counterNames)[number], number>;

export class ReplicationProgress {
  counters: Counters = noCounts();
  /** The newest sequence seen at the source. */
  sourceSeq: Sequence = 0;
  /** Everything up to here is stored at the target. */
  throughSeq: Sequence = 0;
  /** Everything up to here is in the checkpoint. */
  checkpointedSeq: Sequence = 0;
  changesPending: number | undefined;
  updatedAt = Date.now();

  /** Totals go on where the checkpoint's last session ended, as CouchDB counts them. */
  resume(seq: Sequence, recorded: Readonly<Record<string, unknown>> | undefined): void {
    this.sourceSeq = this.throughSeq = this.checkpointedSeq = seq;
    this.changesPending = undefined;
    this.counters = noCounts();
    for (const name of counterNames) {
      const count = recorded?.[name];
      if (typeof count === 'number') this.counters[name] = count;
    }
  }

  add(counts: Partial<Counters>): void {
    for (const name of counterNames) this.counters[name] += counts[name] ?? 0;
    this.updatedAt = Date.now();
  }
}

function noCounts(): Counters {
  return Object.fromEntries(counterNames.map((name) => [name, 0])) as Counters;
}
