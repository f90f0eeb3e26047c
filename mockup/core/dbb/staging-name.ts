// The directory in which a handoff manager has its files in flight, within the staging area. That may
// be the buffer itself, which others watch: they must leave it alone.

export function stagingName(managerId: string): string {
  return `.hdfmgr-${managerId}`;
}

/** A regular expression: paths in such a directory. */
export const IN_STAGING = '(^|/)\\.hdfmgr-[0-9a-z]+(/|$)';
