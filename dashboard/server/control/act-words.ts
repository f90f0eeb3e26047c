// What was asked for, in words, where it was not done.

import type { Act } from '../../protocol/control.ts';

export function describeAct(act: Act): string {
  switch (act.act) {
    case 'launch':
      return `launch ${act.count}`;
    case 'assign':
      return `assign ${act.ous} to ${act.to}`;
    case 'verdict':
      return `${act.verdict} for ${act.ous}`;
    case 'review':
    case 'cancel-review':
    case 'queue-again':
      return `${act.act} ${act.ous}`;
    case 'retry-message':
    case 'delete-message':
      return `${act.act} ${act.message}`;
    case 'pace':
    case 'failure-rate':
      return `${act.act} ${act.value}`;
    case 'process':
      return `${act.do} ${act.name}`;
    case 'link':
      return `link ${act.link} ${act.to}`;
    case 'cache':
      return `cache of ${act.site} ${act.full ? 'full' : 'with room'}`;
  }
}
