// Do two sites have the same documents? For a database that is replicated one way, too: there, a
// document of the receiver that the sender does not have was written by somebody who must not.

import type { DatabaseServer, Document } from '../../platform/couch/database.ts';
import { documentsOf } from './ous-checker.ts';

/** Heartbeats are left out: they change all the time. */
const compared = [
  'status-entities',
  'pipeline-reports',
  'ngas',
  'products-metadata',
  'delivery-status',
  'msgq',
];

/** How the databases of two sites differ; not at all: an empty list. */
export async function checkReplicas(jao: DatabaseServer, arc: DatabaseServer): Promise<string[]> {
  const problems: string[] = [];
  for (const name of compared) {
    const here = revisionsOf(await documentsOf(jao.open(name)));
    const there = revisionsOf(await documentsOf(arc.open(name)));
    // Of the messages an ARC has its own alone.
    const ids = name === 'msgq' ? there.keys() : new Set([...here.keys(), ...there.keys()]);
    for (const id of ids) {
      if (here.get(id) === there.get(id)) continue;
      problems.push(`${name}/${id} is ${here.get(id)} at JAO and ${there.get(id)} at the ARC`);
    }
  }
  return problems;
}

function revisionsOf(documents: Document[]): Map<string, string | undefined> {
  return new Map(documents.map(({ _id, _rev }) => [_id, _rev]));
}
