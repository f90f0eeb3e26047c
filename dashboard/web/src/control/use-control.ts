// Whether this page can act, and how.

import type { Act } from '../../../protocol/control.ts';
import { usePage } from '../connection/observatory-context.ts';
import { isActing, perform, session } from './control-session.ts';

export interface PageControl {
  by: string;
  isActing: boolean;
  act(act: Act): Promise<boolean>;
}

/** Undefined where the page can only look. */
export function useControl(): PageControl | undefined {
  const { observatory } = usePage();
  const config = observatory.config.value;
  const own = session.value;
  if (!config?.control || !own) return undefined;
  return { by: own.by, isActing: isActing.value, act: (act) => perform(act, config.started_ms) };
}
