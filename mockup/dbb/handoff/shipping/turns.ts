// A number of places that work takes in turn.

export class Turns {
  readonly places: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.places = places;
  }

  /** Places that nobody uses or waits for. */
  get free(): number {
    return this.places - this.#taken - this.#waiting.length;
  }

  /** Runs `work` when a place is free. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.places)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken++;
    try {
      return await work();
    } finally {
      // The place goes to the next one without ever being free.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken--;
    }
  }
}
