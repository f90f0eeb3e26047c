// All summaries of one kind, by id. Reading `version` makes a component depend on any of them;
// whoever must not look at all of them again for each change listens to the single changes.

import { type ReadonlySignal, signal } from '@preact/signals';

/** Undefined: not there before, or not there any more. */
type ChangeListener<T> = (before: T | undefined, after: T | undefined) => void;

export interface CollectionListener<T> {
  /** Everything is different. */
  reset(): void;
  change: ChangeListener<T>;
}

export class Collection<T extends { id: string }> {
  readonly #items = new Map<string, T>();
  readonly #version = signal(0);
  readonly #listeners = new Set<CollectionListener<T>>();

  get version(): ReadonlySignal<number> {
    return this.#version;
  }

  get size(): number {
    return this.#items.size;
  }

  get(id: string): T | undefined {
    return this.#items.get(id);
  }

  values(): IterableIterator<T> {
    return this.#items.values();
  }

  /** As an array, and depending on every change. */
  all(): T[] {
    this.#version.value;
    return [...this.#items.values()];
  }

  /** The one with this id, and depending on every change. */
  watch(id: string): T | undefined {
    this.#version.value;
    return this.#items.get(id);
  }

  replaceAll(values: readonly T[]): void {
    this.#items.clear();
    for (const value of values) this.#items.set(value.id, value);
    this.#version.value = this.#version.peek() + 1;
    for (const listener of this.#listeners) listener.reset();
  }

  put(value: T): void {
    const before = this.#items.get(value.id);
    this.#items.set(value.id, value);
    this.#changed(before, value);
  }

  remove(id: string): void {
    const before = this.#items.get(id);
    if (before && this.#items.delete(id)) this.#changed(before, undefined);
  }

  /** Returns how to stop listening. */
  listen(listener: CollectionListener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(before: T | undefined, after: T | undefined): void {
    this.#version.value = this.#version.peek() + 1;
    for (const listener of this.#listeners) listener.change(before, after);
  }
}
