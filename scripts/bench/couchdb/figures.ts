// The figures of the database server and of replication beside those of Apache CouchDB 3.5 on a
// machine of two cores, with what is aimed at.

import type { Figure } from '../figure.ts';
import { benchCouchdb, type Measurement } from './bench-couchdb.ts';
import { startEmbeddedServer } from './embedded-server.ts';
import { benchReplication } from './replication.ts';

const MIB = 2 ** 20;

const aims: Record<string, Figure['aim']> = {
  'PUT, one connection': { value: 1750, is: 'at least' },
  'PUT, eight connections': { value: 8900, is: 'at least' },
  '_bulk_docs of 1000': { value: 20_000, is: 'at least' },
  'GET, one connection': { value: 3900, is: 'at least' },
  '_find by index': { value: 1680, is: 'at least' },
};

/** Of the server at the URL, or of an embedded one in a process of its own. */
export async function couchdbFigures(couchdb: string | undefined): Promise<Figure[]> {
  if (couchdb !== undefined) return (await benchCouchdb({ url: couchdb })).map(toFigure);
  const server = await startEmbeddedServer();
  try {
    const figures = (await benchCouchdb({ url: server.url })).map(toFigure);
    const { rss } = await server.usage();
    return [...figures, { what: 'resident memory of the server', value: rss / MIB, unit: 'MiB' }];
  } finally {
    await server.stop();
  }
}

export async function replicationFigures(): Promise<Figure[]> {
  return (await benchReplication()).map(toFigure);
}

function toFigure({ name, value, unit, couchdb }: Measurement): Figure {
  const aim = aims[name];
  const figure: Figure = { what: name, value, unit, note: `CouchDB 3.5: ${couchdb}` };
  return aim ? { ...figure, aim } : figure;
}
