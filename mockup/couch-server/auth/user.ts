/** Who asks. */

export interface User {
  readonly name: string | null;
  readonly roles: readonly string[];
  /** How the request proved it; undefined for nobody. */
  readonly by: 'default' | 'cookie' | undefined;
}

export const NOBODY: User = { name: null, roles: [], by: undefined };

/** Where no administrator was named, everybody on this machine is one. */
export const PARTY: User = { name: null, roles: ['_admin'], by: undefined };

export const isServerAdmin = (user: User): boolean => user.roles.includes('_admin');
