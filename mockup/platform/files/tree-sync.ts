// Copying files between sites as a port; live it is rsync.

import { AppError } from '../../core/errors.ts';

export interface TreeSync {
  /**
   * Brings `<source>/<name>` to `<directory>/<name>`. `source` is a local directory or
   * `user@host:directory`; `name` a file or a directory directly in it. Safe to repeat: what is
   * there with the same content stays, and with another one it is refused (NameTakenError), because
   * a name that was published keeps its content. Half written files (`.part-*`) are left out.
   * Throws TreeSyncError: `retriable` where the same call may succeed later (link down, host
   * away, not there yet), not where somebody must mend something first. Rejects with the
   * signal's reason when that is aborted. What is new appears whole.
   */
  pull(source: string, name: string, directory: string, signal?: AbortSignal): Promise<void>;
}

export class TreeSyncError extends AppError {
  /** The other host could not be reached at all: no other name there can be had either. */
  readonly unreachable: boolean;

  constructor(
    message: string,
    options: {
      hint?: string;
      retriable: boolean;
      outage?: boolean;
      unreachable?: boolean;
      cause?: unknown;
    },
  ) {
    super('tree_sync_failed', message, { outage: true, ...options });
    this.unreachable = options.unreachable ?? false;
  }
}

/** Something else is there under this name. */
export class NameTakenError extends TreeSyncError {
  constructor(name: string, difference: string) {
    super(`${name} is there already with another content (${difference.slice(0, 200)})`, {
      retriable: false,
      outage: false,
      hint: 'a published name keeps its content; remove one of the two by hand',
    });
  }
}
