// Many pages look at the same: who asks for something that is being read already waits for the next
// reading together with all others, so that each gets an answer that is newer than its question, and
// the database is asked once at a time however many look.

export class SharedAnswers {
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #next = new Map<string, Promise<unknown>>();

  /** `key`: what is asked for; `read` is called for some who ask, and never while another runs. */
  ask<T>(key: string, read: () => Promise<T>): Promise<T> {
    const next = this.#next.get(key);
    if (next) return next as Promise<T>;
    const running = this.#running.get(key);
    if (!running) return this.#start(key, read);
    const start = () => {
      this.#next.delete(key);
      return this.#start(key, read);
    };
    const after = running.then(start, start);
    this.#next.set(key, after);
    return after;
  }

  #start<T>(key: string, read: () => Promise<T>): Promise<T> {
    const reading = read().finally(() => {
      if (this.#running.get(key) === reading) this.#running.delete(key);
    });
    this.#running.set(key, reading);
    return reading;
  }
}
