// What a CouchDB server means where it refuses access. It answers 401 both for a wrong password and
// for a right that the user has not, so the reason decides; the words are CouchDB 3's.

export type AccessProblem =
  | 'no login'
  | 'wrong login'
  | 'locked'
  | 'no server administrator'
  | 'no database administrator'
  | 'no member'
  | 'refused';

/** Undefined for a status that is no refusal of access. */
export function accessProblem(status: number, reason: string): AccessProblem | undefined {
  if (status !== 401 && status !== 403) return undefined;
  if (/name or password is incorrect/i.test(reason)) return 'wrong login';
  if (/temporarily locked/i.test(reason)) return 'locked';
  if (/(db|database) (or server )?admin/i.test(reason)) return 'no database administrator';
  if (/server admin/i.test(reason)) return 'no server administrator';
  if (/not allowed to access this db/i.test(reason)) return 'no member';
  return status === 401 ? 'no login' : 'refused';
}

const hints: Readonly<Record<AccessProblem, (url: string) => string>> = {
  'no login': (url) => `user or password in ${url} is missing or wrong`,
  'wrong login': (url) => `user or password in ${url} is wrong`,
  locked: () => 'too many wrong passwords: the server lets this user in again after some minutes',
  'no server administrator': (url) =>
    `that takes a server administrator: give the user and password of one in ${url}`,
  'no database administrator': (url) =>
    `that takes an administrator of the database or of the server in ${url}`,
  'no member': (url) =>
    `the user in ${url} is no member of this database: "draws init --user NAME" makes one`,
  refused: (url) => `the user in ${url} may not do this`,
};

/** What to do about it; `url`: where user and password come from. */
export function accessHint(problem: AccessProblem, url = 'COUCHDB_URL'): string {
  return hints[problem](url);
}
