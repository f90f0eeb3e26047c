// What the last act came to, wherever on the page it was done.

import { Icon } from '../elements/icon.tsx';
import { notice } from './control-session.ts';

export function ActNotice() {
  const shown = notice.value;
  return (
    <div class="act-notice-place" role="status">
      {shown && (
        <p class={`act-notice ${shown.isRefused ? 'is-refused' : ''}`}>
          <Icon name={shown.isRefused ? 'alert' : 'check'} />
          {shown.text}
        </p>
      )}
    </div>
  );
}
