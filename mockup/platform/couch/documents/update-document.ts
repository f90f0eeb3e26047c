// Compare-and-set on one document: read, change, write; again where another came first, on a cluster
// also where another write counts though this one was answered.

import { ConflictError, type Database, type Stored, type Writable } from '../database.ts';

const ATTEMPTS = 50;

/**
 * Writes what `change` makes of the document as it is now (undefined: there is none), and gives
 * what was written. `change` may run several times; it gives undefined to leave all as it is.
 * Throws ConflictError only when 50 others came first.
 */
export async function updateDocument<T extends Writable>(
  database: Database,
  id: string,
  change: (current: Stored<T> | undefined) => T | undefined,
): Promise<T | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const read = await database.exclusive.read<T>(id);
    const { current } = read;
    const changed = change(current);
    if (changed === undefined || changed === current) return current;
    try {
      const rev = await database.exclusive.write(changed, read);
      return { ...changed, _rev: rev };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
  throw new ConflictError(database.name, id);
}

/** Writes a new document; returns false where there is one with this id already. */
export async function createDocument<T extends Writable>(
  database: Database,
  doc: T,
): Promise<boolean> {
  try {
    await database.exclusive.write(doc, { current: undefined, known: new Set() });
    return true;
  } catch (error) {
    if (error instanceof ConflictError) return false;
    throw error;
  }
}
