// How many documents a database has, without design documents: older versions left other indexes.

import type { Database } from '../database.ts';

export async function countDocuments(database: Database): Promise<number> {
  const [{ docCount }, designs] = await Promise.all([
    database.info(),
    database.allDocs({ design: true }),
  ]);
  return docCount - designs.length;
}
