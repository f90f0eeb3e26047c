// All documents of a database, some hundreds at a time, in the order of their ids, so that reading
// a large database needs little memory.

import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';

const PAGE = 200;

/** `fields`: only these of each document; without them all. */
export async function* documentPages(
  database: Database,
  fields?: readonly string[],
): AsyncGenerator<Stored<Document>[]> {
  let after: string | null = null;
  for (;;) {
    const page: Stored<Document>[] = await database.find<Document>({
      selector: { _id: { $gt: after } },
      ...(fields && { fields: [...fields] }),
      limit: PAGE,
    });
    yield page.filter(({ _id }) => !_id.startsWith('_design/'));
    const last: string | undefined = page.at(-1)?._id;
    if (page.length < PAGE || last === undefined) return;
    after = last;
  }
}
