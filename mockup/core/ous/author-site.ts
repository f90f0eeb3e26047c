// Where whoever made a change is, by `by` of a history. The dashboard that persons act at is JAO's.

import type { Executive } from '../executives.ts';

/** In the place of the site, for what a person did at the dashboard. */
export const DASHBOARD = 'dashboard';

export function isBySite(by: string, site: Executive): boolean {
  return by.endsWith(`@${site}`) || (site === 'JAO' && by.endsWith(`@${DASHBOARD}`));
}
