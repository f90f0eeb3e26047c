// A terminal for tests: keys go in, what is shown is read without its colours and movements.

import { PassThrough, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'vitest';
import type { ListItem, LiveList } from '../../../mockup/platform/console/operator-console.ts';

export const keys = {
  up: '\x1b[A',
  down: '\x1b[B',
  pageDown: '\x1b[6~',
  pageUp: '\x1b[5~',
  enter: '\r',
  tab: '\t',
  backspace: '\x7f',
  ctrlC: '\x03',
  ctrlD: '\x04',
};

export function makeStreams() {
  const input = new PassThrough();
  let shown = '';
  const output = new Writable({
    write(chunk, _encoding, done) {
      shown += chunk;
      done();
    },
  });
  return {
    input,
    output,
    type: (text: string) => void input.write(text),
    /** All that was written since the last `forget`, as plain text. */
    text: () => stripVTControlCharacters(shown),
    raw: () => shown,
    forget: () => {
      shown = '';
    },
    /** Waits until something has been shown. */
    async shows(wanted: string | RegExp) {
      const text = () => stripVTControlCharacters(shown);
      if (typeof wanted === 'string') await expect.poll(text).toContain(wanted);
      else await expect.poll(text).toMatch(wanted);
    },
  };
}

export function makeList(...values: (string | ListItem)[]) {
  const toItem = (value: string | ListItem) => (typeof value === 'string' ? { value } : value);
  let items = values.map(toItem);
  const callbacks = new Set<() => void>();
  const list: LiveList = {
    items: () => items,
    onChange(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
  };
  return {
    list,
    set(...now: (string | ListItem)[]) {
      items = now.map(toItem);
      for (const callback of callbacks) callback();
    },
    followers: () => callbacks.size,
  };
}
