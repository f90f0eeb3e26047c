// The parameters of a table's URL.

import type { Request } from 'express';
import type { TableQuery } from '../tables/table-query.ts';
import { badParameter } from './api-error.ts';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 500;
const OFFSET_MAX = 10_000_000;
const TEXT_LENGTH_MAX = 200;

/** Throws ApiError 400 that names the parameter. */
export function tableQuery(request: Request, columns: readonly { name: string }[]): TableQuery {
  const sort = text(request, 'sort');
  if (sort !== '' && !columns.some(({ name }) => name === sort)) {
    throw badParameter(`sort: expected one of ${columns.map(({ name }) => name).join(', ')}`);
  }
  const order = text(request, 'order');
  if (order !== '' && order !== 'asc' && order !== 'desc') {
    throw badParameter('order: expected asc or desc');
  }
  return {
    search: text(request, 'search'),
    sort,
    order: order === '' ? undefined : order,
    offset: wholeNumber(request, 'offset', 0, 0, OFFSET_MAX),
    limit: wholeNumber(request, 'limit', LIMIT_DEFAULT, 1, LIMIT_MAX),
  };
}

function text({ query }: Request, name: string): string {
  const value = query[name] ?? '';
  if (typeof value === 'string' && value.length <= TEXT_LENGTH_MAX) return value;
  throw badParameter(`${name}: expected one text of at most ${TEXT_LENGTH_MAX} characters`);
}

function wholeNumber(
  request: Request,
  name: string,
  otherwise: number,
  lowest: number,
  highest: number,
): number {
  const given = text(request, name);
  if (given === '') return otherwise;
  const number = Number(given);
  if (/^\d{1,9}$/.test(given) && number >= lowest && number <= highest) return number;
  throw badParameter(`${name}: expected a whole number from ${lowest} to ${highest}`);
}
