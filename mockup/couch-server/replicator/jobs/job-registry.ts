import { type JobOptions, originOf, ReplicationJob } from './job.ts';
import { isFinal } from './job-states.ts';

// The jobs of this server by id: one place that knows them all, so that no replication runs twice
// and one job's success wakes the others that wait for the same peer.

/** Jobs at a time; more are refused with a reason. */
const jobsMax = 500;

type Defaults = Omit<JobOptions, 'spec' | 'origin' | 'retries' | 'onChange'>;

export class JobRegistry {
  readonly #jobs = new Map<string, ReplicationJob>();
  #stopped = false;
  readonly #defaults: Defaults;
  readonly #say: (what: string, why?: unknown) => void;
  /** What the log says of a job that fails, until it runs again. */
  readonly #told = new Map<string, string>();

  constructor({ tell, ...defaults }: Defaults & { tell?: (what: string, why?: unknown) => void }) {
    this.#defaults = defaults;
    this.#say = tell ?? (() => undefined);
  }

  create(options: Pick<JobOptions, 'spec' | 'origin' | 'retries'>): ReplicationJob {
    return new ReplicationJob({
      ...this.#defaults,
      ...options,
      onChange: (job) => this.#changed(job),
    });
  }

  all(): ReplicationJob[] {
    return [...this.#jobs.values()];
  }

  get(id: string): ReplicationJob | undefined {
    return this.#jobs.get(id);
  }

  /** True also while the server stops: a job begun then would outlive it. */
  isFull(): boolean {
    return this.#stopped || this.#jobs.size >= jobsMax;
  }

  /** Starts the job; it is listed until it ends or is removed. */
  start(job: ReplicationJob): void {
    this.#jobs.set(job.id, job);
    job.start();
    void job.finished().then(() => this.#forget(job));
  }

  /** Stops the job and takes it off the list at once; resolves when it has ended. */
  async remove(job: ReplicationJob): Promise<void> {
    this.#forget(job);
    await job.stop();
  }

  async stopAll(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.all().map((job) => this.remove(job)));
  }

  /** One that a job waits for, perhaps. */
  databaseCreated(): void {
    for (const job of this.#jobs.values()) job.retryWithNewDatabase();
  }

  #forget(job: ReplicationJob): void {
    if (this.#jobs.get(job.id) === job) this.#jobs.delete(job.id);
  }

  /** Once when a job begins to fail, or fails for another reason, and once when it runs again. */
  #report({ id, origin, state, lastError }: ReplicationJob): void {
    if (origin === null) return;
    const told = this.#told.get(id);
    if (state === 'crashing' && lastError && lastError.message !== told) {
      this.#told.set(id, lastError.message);
      this.#say(`replication ${origin.docId} waits`, lastError);
    } else if (state === 'running' && told !== undefined) {
      this.#told.delete(id);
      this.#say(`replication ${origin.docId} runs again`);
    } else if (isFinal(state)) {
      this.#told.delete(id);
    }
  }

  #changed(job: ReplicationJob): void {
    if (isFinal(job.state)) this.#forget(job);
    this.#report(job);
    if (job.state !== 'running') return;
    for (const endpoint of [job.spec.source, job.spec.target]) {
      const origin = originOf(endpoint);
      if (origin === undefined) continue;
      for (const other of this.#jobs.values()) if (other !== job) other.retryNow(origin);
    }
  }
}
