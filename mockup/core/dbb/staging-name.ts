// The directory in which a handoff manager has its files in flight, within the staging area. That may
// be the buffer itself, which others watch: they must leave it alone.

export function stagingName(managerId: string): string {
  return `.hdfmgr-${managerId}`;
}

/**
 * A regular expression: such a directory (its path with a slash at the end), and paths in it. Only
 * ids as managers make them: a file or directory that merely begins so is a writer's own.
 */
export const IN_STAGING = '(^|/)\\.hdfmgr-[0-9a-f]{12}/';
