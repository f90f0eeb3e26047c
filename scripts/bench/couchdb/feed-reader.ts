// A continuous feed that tells when each document was seen.

import { get } from 'node:http';

export interface FeedReader {
  /** Milliseconds (performance.now) at which the change of a document arrived. */
  readonly seen: ReadonlyMap<string, number>;
  /** Resolves when so many documents were seen. */
  until(count: number): Promise<void>;
  close(): void;
}

export function readFeed(url: string): Promise<FeedReader> {
  return new Promise((resolve, reject) => {
    const seen = new Map<string, number>();
    let wanted = Number.POSITIVE_INFINITY;
    let reached = (): void => undefined;
    const request = get(url, (response) => {
      let rest = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        const now = performance.now();
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const id = /"id":"([^"]+)"/.exec(line)?.[1];
          if (id !== undefined) seen.set(id, now);
        }
        if (seen.size >= wanted) reached();
      });
      response.on('error', () => undefined);
      resolve({
        seen,
        until: (count) => {
          wanted = count;
          if (seen.size >= count) return Promise.resolve();
          return new Promise<void>((done) => {
            reached = done;
          });
        },
        close: () => request.destroy(),
      });
    });
    request.on('error', reject);
  });
}
