/** Those who want to be told. One that fails is logged: the others, and the teller, go on. */

export type Log = (message: string, error?: unknown) => void;

export class Listeners<T> {
  readonly #of: string;
  readonly #log: Log;
  readonly #listeners = new Set<(value: T) => void>();

  /** `of` says in the log whose listeners they are. */
  constructor(of: string, log: Log) {
    this.#of = of;
    this.#log = log;
  }

  /** Returns the function that removes it. */
  add(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(value: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#log(`a listener of ${this.#of} failed`, error);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
