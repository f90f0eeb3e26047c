// How rsync is called: which options, and which names it may be given. Nothing passes through a
// shell: rsync sends the arguments to the other side by its own protocol.

import { TreeSyncError } from './tree-sync.ts';

/** Never asks (nobody is there to answer), and notices a dead link. */
export const DEFAULT_RSH =
  'ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=15 -o ServerAliveCountMax=4';

export interface RsyncCall {
  rsh: string;
  /** A transfer that moves nothing for so long is given up. */
  ioTimeout_s: number;
  /** `<directory>/<name>` or `user@host:<directory>/<name>`. */
  from: string;
  /** The local directory in which `name` appears. */
  into: string;
}

/** What a process that was killed left half written is nobody's product. */
const NO_LEFTOVERS = '--exclude=.part-*';

export function rsyncArguments(call: RsyncCall): string[] {
  return [
    '--archive',
    // A file that runs as its owner, or as its group, has no business in a cache.
    '--chmod=ug-s,o-t',
    NO_LEFTOVERS,
    // Accounts and devices of another site mean nothing here; a link must not lead out.
    '--no-owner',
    '--no-group',
    '--no-devices',
    '--no-specials',
    '--safe-links',
    '--protect-args',
    '--delete-after',
    // Files get their names only when all have arrived; what had arrived is used again.
    '--delay-updates',
    '--partial-dir=.rsync-partial',
    `--timeout=${call.ioTimeout_s}`,
    `--rsh=${call.rsh}`,
    '--',
    call.from,
    `${call.into}/`,
  ];
}

/** Tells how what is there differs from the source, a line for each difference, and changes nothing. */
export function comparisonArguments(call: RsyncCall): string[] {
  return [
    ...['--recursive', '--links', '--safe-links', '--checksum', '--delete', NO_LEFTOVERS],
    ...['--dry-run', '--itemize-changes', '--protect-args'],
    `--timeout=${call.ioTimeout_s}`,
    `--rsh=${call.rsh}`,
    '--',
    call.from,
    `${call.into}/`,
  ];
}

/** `host:path` or `user@host:path`, as rsync tells it: a colon before the first slash. */
export function isRemote(source: string): boolean {
  return /^[^/]*:/.test(source);
}

/** The full source; throws TreeSyncError where the parts can't be handed to rsync safely. */
export function sourceOf(source: string, name: string): string {
  const bad = name === '' || name === '.' || name === '..' || /[/\0\\]/.test(name);
  // The rsync of the other side would expand these.
  if (bad || (isRemote(source) && /[*?[\]]/.test(name))) {
    throw new TreeSyncError(`not the name of one file or directory: ${JSON.stringify(name)}`, {
      retriable: false,
      outage: false,
    });
  }
  if (source === '' || source.startsWith('-') || source.includes('\0')) {
    throw new TreeSyncError(`not a place to copy from: ${JSON.stringify(source)}`, {
      retriable: false,
      outage: false,
      hint: 'expected DIRECTORY or USER@HOST:DIRECTORY',
    });
  }
  const separator = source.endsWith('/') || source.endsWith(':') ? '' : '/';
  return `${source}${separator}${name}`;
}
