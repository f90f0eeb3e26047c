// The one command that runs a storm again.

import { quoteForShell } from '../../platform/process/shell-quoting.ts';
import { aimText } from '../../simulator/explore/coverage.ts';
import type { Aim } from '../../simulator/storm/draw-plan.ts';

interface Repeated {
  ous: string;
  sites: string;
  faults: string;
  quick?: boolean;
}

export function repeatCommand(
  seed: string,
  aim: Aim | undefined,
  { ous, sites, faults, quick }: Repeated,
): string {
  const parts = ['draws', 'explore', '--seeds', `${seed}..${seed}`, '--ous', ous];
  if (sites !== 'JAO,EU') parts.push('--sites', sites);
  if (faults !== 'all') parts.push('--faults', faults);
  if (quick) parts.push('--quick');
  if (aim !== undefined) parts.push('--aim', aimText(aim));
  return parts.map(quoteForShell).join(' ');
}
