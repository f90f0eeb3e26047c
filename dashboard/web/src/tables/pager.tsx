// Which rows of a table are shown, and the ways to the others.

import type { TablePage } from '../../../protocol/json-api.ts';
import { Icon } from '../elements/icon.tsx';
import { formatCount } from '../format/quantities.ts';
import { changeRequest } from './table-request.ts';

export function Pager({ page, limit }: { page: TablePage; limit: number }) {
  const { offset, found, total, rows } = page;
  const last = offset + rows.length;
  return (
    <div class="pager">
      <span role="status">
        {found === 0 ? 'none' : `${formatCount(offset + 1)}–${formatCount(last)}`} of{' '}
        <strong>{formatCount(found)}</strong>
        {found !== total && <span class="faint"> (all: {formatCount(total)})</span>}
      </span>
      <button
        type="button"
        class="button icon-only"
        aria-label="Previous page"
        disabled={offset === 0}
        onClick={() => changeRequest({ offset: Math.max(0, offset - limit) })}
      >
        <Icon name="previous" />
      </button>
      <button
        type="button"
        class="button icon-only"
        aria-label="Next page"
        disabled={last >= found}
        onClick={() => changeRequest({ offset: offset + limit })}
      >
        <Icon name="next" />
      </button>
    </div>
  );
}
