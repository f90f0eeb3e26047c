// What is wanted of a table, as it stands in the address.

import type { TableQuery } from '../connection/api.ts';
import { replaceQuery, route } from '../navigation/route.ts';

const ROWS_PER_PAGE = 100;

export function requestFromQuery(query: URLSearchParams): TableQuery {
  const offset = Number(query.get('offset'));
  return {
    search: query.get('search') ?? '',
    sort: query.get('sort') ?? '',
    order: query.get('order') === 'asc' ? 'asc' : 'desc',
    offset: Number.isSafeInteger(offset) && offset > 0 ? offset : 0,
    limit: ROWS_PER_PAGE,
  };
}

export function changeRequest(part: Partial<TableQuery>): void {
  const { search, sort, order, offset } = { ...requestFromQuery(route.peek().query), ...part };
  replaceQuery({
    search,
    sort,
    order: sort && order === 'asc' ? order : '',
    offset: offset > 0 ? String(offset) : '',
  });
}
