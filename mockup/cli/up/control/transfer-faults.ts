// Faults of the caches' transfers: no room where files arrive, or a link that is cut or slow. A shell
// script that stands before rsync on the PATH of the replicated caches looks at a file of the site's
// faults at each call; what fails then is rsync itself, by a limit of the system.

import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Executive } from '../../../core/executives.ts';
import type { LineSite } from '../line-plan.ts';
import type { LinkState } from './relay.ts';

const SCRIPT = `#!/bin/sh
# Before rsync: the faults that a person at the dashboard asked for.
PATH=$DRAWS_PATH_BEHIND
export PATH
limit=
full=
while read -r fault place; do
  [ "$fault" = full ] && full=1
  for argument in "$@"; do
    case $argument in
      "$place"/*)
        [ "$fault" = slow ] && limit=--bwlimit=32
        if [ "$fault" = cut ]; then
          echo 'rsync: No route to host: the link is cut' >&2
          exit 255
        fi
        ;;
    esac
  done
done <"$DRAWS_TRANSFER_FAULTS"
if [ "$full" ]; then
  trap '' XFSZ
  ulimit -f 0
fi
exec rsync $limit "$@"
`;

interface SiteFaults {
  file: string;
  isFull: boolean;
  /** The cache of the other end, and how the link to it is. */
  links: Map<Executive, LinkState>;
}

export class TransferFaults {
  readonly #directory: string;
  readonly #caches = new Map<Executive, string>();
  readonly #sites = new Map<Executive, SiteFaults>();

  constructor(dataDirectory: string) {
    this.#directory = join(dataDirectory, 'faults');
  }

  /** No fault is left of an earlier start. */
  open(sites: readonly LineSite[]): void {
    mkdirSync(join(this.#directory, 'bin'), { recursive: true });
    writeFileSync(join(this.#directory, 'bin/rsync'), SCRIPT, { mode: 0o755 });
    for (const { executive, cacheDirectory } of sites) {
      this.#caches.set(executive, cacheDirectory);
      const file = join(this.#directory, `${executive}.txt`);
      this.#sites.set(executive, { file, isFull: false, links: new Map() });
      this.#write(executive);
    }
  }

  environment(site: Executive, path: string | undefined): Record<string, string> {
    const behind = path ?? '/usr/bin:/bin';
    return {
      PATH: `${join(this.#directory, 'bin')}${delimiter}${behind}`,
      DRAWS_PATH_BEHIND: behind,
      DRAWS_TRANSFER_FAULTS: join(this.#directory, `${site}.txt`),
    };
  }

  /** False where there is no such site. */
  fill(site: Executive, isFull: boolean): boolean {
    const faults = this.#sites.get(site);
    if (!faults) return false;
    faults.isFull = isFull;
    this.#write(site);
    return true;
  }

  link([one, other]: readonly [Executive, Executive], state: LinkState): void {
    this.#sites.get(one)?.links.set(other, state);
    this.#sites.get(other)?.links.set(one, state);
    this.#write(one);
    this.#write(other);
  }

  full(): Executive[] {
    return [...this.#sites].flatMap(([site, { isFull }]) => (isFull ? [site] : []));
  }

  #write(site: Executive): void {
    const faults = this.#sites.get(site);
    if (!faults) return;
    const links = [...faults.links].map(([other, state]) => `${state} ${this.#caches.get(other)}`);
    const lines = [...(faults.isFull ? ['full'] : []), ...links];
    writeFileSync(faults.file, lines.map((line) => `${line}\n`).join(''));
  }
}
