// The version of this product, which actors show in their heartbeats.

import { readFileSync } from 'node:fs';

let known: string | undefined;

export function productVersion(): string {
  known ??= read();
  return known;
}

/** The package's own file is two directories up here and in the published `dist`. */
function read(): string {
  for (const place of ['../../package.json', '../../../package.json']) {
    try {
      const { version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'));
      if (typeof version === 'string') return version;
    } catch {
      // Look further up.
    }
  }
  return 'unknown';
}
