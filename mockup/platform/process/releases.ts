// What a process or an actor has acquired, released last-in first-out, also when start fails.

export class Releases {
  #stack: (() => unknown)[] = [];
  #released: Promise<void> | undefined;

  add(release: () => unknown): void {
    this.#stack.push(release);
  }

  /** Runs every release once, also where one fails; then throws the first error. */
  release(): Promise<void> {
    this.#released ??= this.#run();
    return this.#released;
  }

  async #run(): Promise<void> {
    const errors: unknown[] = [];
    for (let release = this.#stack.pop(); release; release = this.#stack.pop()) {
      try {
        await release();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
