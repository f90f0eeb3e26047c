// A query is declared together with the index that serves it, in a module named `*queries.ts`: one
// without an index would cost work proportional to all that has ever been in the database. A test
// asks the server (`_explain`) about every declared query.

export interface IndexedQuery {
  /** A Mango selector with a condition for each field of the index, or it can't serve. */
  selector: Record<string, unknown>;
  fields?: string[];
  sort?: Record<string, 'asc' | 'desc'>[];
  limit?: number;
  /** Name of the index; none for ids. */
  index?: string;
}

export interface QueryDeclaration<A extends unknown[]> {
  /** Default name of the database, for the test. */
  database: string;
  /** Fields of the index; `['_id']`: one document by its id, or the first few. */
  index: readonly string[];
  query(...given: A): Omit<IndexedQuery, 'index'>;
  /** What the test asks with. */
  example: A;
}

export interface DeclaredQuery<A extends unknown[]> {
  (...given: A): IndexedQuery;
  readonly declaration: QueryDeclaration<A>;
}

export function declareQuery<A extends unknown[]>(
  declaration: QueryDeclaration<A>,
): DeclaredQuery<A> {
  const { index, query } = declaration;
  const isById = index.length === 1 && index[0] === '_id';
  const use = isById ? {} : { index: indexName(index) };
  return Object.assign((...given: A) => ({ ...query(...given), ...use }), { declaration });
}

/** Of the index and of its design document. */
export function indexName(fields: readonly string[]): string {
  return `by-${fields.join('-')}`;
}

/** Holds for every value: where a field is of the index but any value will do. */
export const anyValue = { $gt: null } as const;
