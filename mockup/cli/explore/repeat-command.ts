// The one command that runs a storm again.

import { quoteForShell } from '../../platform/process/shell-quoting.ts';

interface Repeated {
  ous: string;
  sites: string;
  faults: string;
  aim?: string;
}

export function repeatCommand(seed: string, { ous, sites, faults, aim }: Repeated): string {
  const parts = ['draws', 'explore', '--seeds', `${seed}..${seed}`, '--ous', ous];
  if (sites !== 'JAO,EU') parts.push('--sites', sites);
  if (faults !== 'all') parts.push('--faults', faults);
  if (aim !== undefined) parts.push('--aim', aim);
  return parts.map(quoteForShell).join(' ');
}
