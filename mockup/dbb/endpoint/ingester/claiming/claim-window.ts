// How many files a process takes into its hands ahead of its plugin: so many that the plugin never
// waits for the database, and so few that others get their share and that a crash leaves little
// in doubt. It follows how fast the plugin is.

/** Files in flight should be begun within this. */
export const AHEAD_MS = 300;
const LARGEST = 2000;

export class ClaimWindow {
  readonly #smallest: number;
  #size: number;

  /** `smallest`: one batch per lane. */
  constructor(smallest: number) {
    this.#smallest = smallest;
    this.#size = smallest;
  }

  get size(): number {
    return this.#size;
  }

  /** True where files are claimed before a lane waits for them. */
  get isAhead(): boolean {
    return this.#size > this.#smallest;
  }

  /** A lane took files that had waited so long; `starved`: it had waited for them, and is fast. */
  taken(waited_ms: number, starved: boolean): void {
    if (waited_ms > AHEAD_MS) this.#size = Math.max(this.#smallest, Math.floor(this.#size / 2));
    else if (starved) this.#size = Math.min(LARGEST, this.#size * 2);
  }
}
