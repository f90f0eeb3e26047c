// In place of an OUS that can't be shown: why, and the way on.

import { ApiError } from '../connection/api.ts';
import { ErrorNote } from '../elements/error-note.tsx';
import { Icon } from '../elements/icon.tsx';
import { hrefOf } from '../navigation/route.ts';

export function OusMissing({ id, error }: { id: string; error: Error }) {
  const isUnknown = error instanceof ApiError && error.status === 404;
  return (
    <div class="ous-missing">
      <ErrorNote error={error} what={`OUS ${id}`} />
      <p>
        {isUnknown
          ? 'This site knows no OUS by that name. The address may be mistyped, or the OUS has not ' +
            'been launched or replicated here yet: as soon as it is, it appears on this page.'
          : 'This page goes on trying.'}
      </p>
      <a class="button" href={hrefOf(['board'])}>
        <Icon name="back" />
        To the board
      </a>
    </div>
  );
}
