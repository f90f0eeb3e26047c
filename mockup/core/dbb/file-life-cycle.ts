// The life of one version of a file in the handoff buffer, as records and dashboard show it. A
// version is one content under one name: the same name with new content is a new version.

export const fileStates = [
  'discovered',
  'transferring',
  'transferred',
  'held',
  'failed',
  'skipped',
  'superseded',
  'gone',
] as const;

/**
 * - `discovered`: seen in the buffer, waits for its transfer
 * - `transferring`: belongs to a batch that is under way
 * - `transferred`: arrived in the endpoint's buffer, verified as configured
 * - `held`: moved to the holding area; the end of the ordinary way, unless it is written to after all
 * - `failed`: the last attempt failed, and it will be tried again; `reason` says why
 * - `skipped`: will never be shipped as it is (FIFO, socket, link, unreadable, …)
 * - `superseded`: its name holds other content by now, which is a version of its own
 * - `gone`: vanished from the buffer before it was shipped
 */
export type FileState = (typeof fileStates)[number];

const followers: Readonly<Record<FileState, readonly FileState[]>> = {
  discovered: ['transferring', 'transferred', 'failed', 'skipped', 'superseded', 'gone'],
  transferring: ['discovered', 'transferred', 'failed', 'skipped', 'superseded', 'gone'],
  transferred: ['held', 'superseded', 'failed', 'gone'],
  held: ['superseded'],
  failed: ['discovered', 'transferring', 'transferred', 'held', 'superseded', 'skipped', 'gone'],
  skipped: ['discovered', 'transferring', 'superseded', 'failed', 'gone'],
  superseded: [],
  // The same file, moved away and back.
  gone: ['discovered', 'transferring', 'transferred', 'failed', 'skipped'],
};

export function mayFollow(from: FileState, to: FileState): boolean {
  return followers[from].includes(to);
}

/** True where nothing more is to happen to this version. */
export function isFinalState(state: FileState): boolean {
  return state === 'held' || state === 'superseded';
}
