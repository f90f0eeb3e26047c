// The sign of a visit's state, in its colour.

import { visitSign } from '../look/visit-look.ts';

export function VisitIcon({ state }: { state: string }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path class="visit-sign" d={visitSign(state)} />
    </svg>
  );
}
