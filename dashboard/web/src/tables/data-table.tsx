// The rows of a table, with cells by the type of their column.

import type { TableCell, TableColumn, TablePage } from '../../../protocol/json-api.ts';
import type { TableQuery } from '../connection/api.ts';
import { CacheLink } from '../elements/cache-link.tsx';
import { Icon } from '../elements/icon.tsx';
import { ScoreBar } from '../elements/score-bar.tsx';
import { Uid } from '../elements/uid.tsx';
import { formatMoment } from '../format/moments.ts';
import { formatBytes, formatCount } from '../format/quantities.ts';
import { ousHref } from '../navigation/route.ts';
import { changeRequest } from './table-request.ts';

interface DataTableProps {
  page: TablePage;
  title: string;
  request: TableQuery;
  /** What is shown belongs to an earlier request. */
  isOld: boolean;
}

export function DataTable({ page, title, request, isOld }: DataTableProps) {
  if (page.rows.length === 0) {
    return (
      <p class="empty-note">
        {page.total === 0 ? `${title}: none.` : 'Nothing matches the search.'}
      </p>
    );
  }
  return (
    <div class="table-scroll" aria-busy={isOld}>
      <table class="data-table">
        <caption class="visually-hidden">{title}</caption>
        <thead>
          <tr>
            {page.columns.map((column) => (
              <ColumnHead key={column.name} column={column} request={request} />
            ))}
          </tr>
        </thead>
        <tbody>
          {page.rows.map((row, index) => (
            <tr key={`${page.offset + index}`}>
              {page.columns.map((column, place) => (
                <td key={column.name} class={`cell-${column.type}`}>
                  <Cell type={column.type} value={row[place] ?? null} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ColumnHead({ column, request }: { column: TableColumn; request: TableQuery }) {
  const { name, title, type } = column;
  if (type === 'link') return <th scope="col">{title}</th>;
  const isSorted = request.sort === name;
  const isUp = request.order === 'asc';
  const next = isSorted && !isUp ? 'asc' : 'desc';
  return (
    <th
      scope="col"
      class={`cell-${type}`}
      aria-sort={isSorted ? (isUp ? 'ascending' : 'descending') : undefined}
    >
      <button
        type="button"
        class="sort-button"
        onClick={() => changeRequest({ sort: name, order: next, offset: 0 })}
      >
        {title}
        {isSorted && <Icon name={isUp ? 'up' : 'down'} />}
      </button>
    </th>
  );
}

function Cell({ type, value }: { type: TableColumn['type']; value: TableCell }) {
  if (value === null || value === '') return <span class="faint">–</span>;
  switch (type) {
    case 'number':
      return <>{typeof value === 'number' ? formatCount(value) : String(value)}</>;
    case 'bytes':
      return <>{formatBytes(Number(value))}</>;
    case 'time':
      return <>{formatMoment(Number(value))}</>;
    case 'boolean':
      return (
        <span class={value ? 'in-archive' : 'soft'}>
          <Icon name={value ? 'check' : 'minus'} /> {value ? 'yes' : 'no'}
        </span>
      );
    case 'uid':
      return (
        <a href={ousHref(String(value).replaceAll(/[:/]/g, '_'))}>
          <Uid uid={String(value)} />
        </a>
      );
    case 'score':
      return <ScoreBar score={Number(value)} />;
    case 'link':
      return <CacheLink href={String(value)} text="Open" />;
    default:
      return (
        <span class="text-cell" title={String(value)}>
          {String(value)}
        </span>
      );
  }
}
