// The tables: reports, deliveries, messages, archive, products. Sorted, searched and paged by the
// server; what is wanted is in the address.

import type { TableName } from '../../../protocol/summaries.ts';
import { fetchTable } from '../connection/api.ts';
import { usePage } from '../connection/observatory-context.ts';
import { useFetched } from '../connection/use-fetched.ts';
import { ErrorNote } from '../elements/error-note.tsx';
import { Icon } from '../elements/icon.tsx';
import { formatCount } from '../format/quantities.ts';
import { hrefOf, route } from '../navigation/route.ts';
import { DataTable } from './data-table.tsx';
import { Pager } from './pager.tsx';
import { changeRequest, requestFromQuery } from './table-request.ts';

const tables: readonly { name: TableName; title: string }[] = [
  { name: 'reports', title: 'Pipeline reports' },
  { name: 'deliveries', title: 'Deliveries' },
  { name: 'unread', title: 'Unread messages' },
  { name: 'dead', title: 'Dead messages' },
  { name: 'ngas', title: 'NGAS' },
  { name: 'products', title: 'Products' },
];

export function TablesView({ name }: { name: string }) {
  const table = tables.find((one) => one.name === name) ?? tables[0];
  if (!table) return null;
  return (
    <div class="tables">
      <h1 class="visually-hidden">{table.title}</h1>
      <TableTabs current={table.name} />
      <OneTable key={table.name} name={table.name} title={table.title} />
    </div>
  );
}

function TableTabs({ current }: { current: TableName }) {
  const { observatory } = usePage();
  return (
    <nav class="table-tabs" aria-label="Tables">
      {tables.map(({ name, title }) => {
        const rows = observatory.table.watch(name)?.rows ?? 0;
        const isAlarming = name === 'dead' && rows > 0;
        return (
          <a
            key={name}
            class="button"
            href={hrefOf(['tables', name])}
            aria-current={name === current ? 'true' : undefined}
          >
            {title}
            <span class={`table-rows ${isAlarming ? 'badge bad' : ''}`}>
              {isAlarming && <Icon name="alert" />}
              {formatCount(rows)}
            </span>
          </a>
        );
      })}
    </nav>
  );
}

function OneTable({ name, title }: { name: TableName; title: string }) {
  const { observatory, connection } = usePage();
  const request = requestFromQuery(route.value.query);
  const isLive = connection.status.value.state === 'live';
  const revision = `${isLive} ${observatory.table.watch(name)?.revision}`;
  const fetched = useFetched(`${name} ${JSON.stringify(request)}`, revision, (signal) =>
    fetchTable(name, request, signal),
  ).value;
  const { value: page, error } = fetched;
  return (
    <>
      <div class="table-tools">
        <label class="search-field">
          <Icon name="search" />
          <span class="visually-hidden">Search in {title}</span>
          <input
            type="search"
            class="field"
            placeholder="Search all columns…"
            value={request.search}
            onInput={({ currentTarget }) =>
              changeRequest({ search: currentTarget.value, offset: 0 })
            }
          />
        </label>
        {page && <Pager page={page} limit={request.limit} />}
      </div>
      {error && <ErrorNote error={error} what={title} />}
      {page && <DataTable page={page} title={title} request={request} isOld={fetched.isLoading} />}
    </>
  );
}
