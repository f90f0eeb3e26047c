// How many rows of each table match, with the way there.

import type { TableName } from '../../../protocol/summaries.ts';
import { fetchTable } from '../connection/api.ts';
import { useFetched } from '../connection/use-fetched.ts';
import { countOf } from '../format/quantities.ts';
import { hrefOf } from '../navigation/route.ts';

const tables: readonly TableName[] = ['reports', 'deliveries', 'products', 'ngas'];

export function TableHits({ text }: { text: string }) {
  return (
    <section class="panel search-group" aria-label="Tables">
      <h2>Tables</h2>
      <ul>
        {tables.map((name) => (
          <TableHit key={name} name={name} text={text} />
        ))}
      </ul>
    </section>
  );
}

function TableHit({ name, text }: { name: TableName; text: string }) {
  const query = { search: text, sort: '', order: 'asc', offset: 0, limit: 1 } as const;
  const { value, error } = useFetched(`${name} ${text}`, '', (signal) =>
    fetchTable(name, query, signal),
  ).value;
  return (
    <li>
      <a href={hrefOf(['tables', name], { search: text })}>{name}</a>{' '}
      <span class="soft">
        {error ? error.message : value ? countOf(value.found, 'row') : 'looking…'}
      </span>
    </li>
  );
}
