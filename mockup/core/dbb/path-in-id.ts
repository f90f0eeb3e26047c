// A path as a part of a document's id.

/** Servers refuse ids beyond some length, and with one all that are written beside it. */
const ID_PATH_MAX = 400;

/** Of a very long path its beginning, and two sums over all of it. */
export function pathInId(path: string): string {
  if (path.length <= ID_PATH_MAX) return path;
  let [one, other] = [0x811c9dc5, 0x1b873593];
  for (let at = 0; at < path.length; at++) {
    one = Math.imul(one ^ path.charCodeAt(at), 0x01000193);
    other = Math.imul(other ^ path.charCodeAt(at), 0x85ebca6b) ^ (other >>> 13);
  }
  const sums = [one, other].map((sum) => (sum >>> 0).toString(36)).join('');
  // No half of a character that takes two.
  return `${path.slice(0, ID_PATH_MAX).replace(/[\ud800-\udbff]$/, '')}…${sums}`;
}
