// PostgreSQL where none is given: PGlite in this process, behind PostgreSQL's own wire protocol.

import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { makeDirectories } from '../../platform/files/durable.ts';

export interface EmbeddedPostgres {
  /** `postgresql://postgres@127.0.0.1:PORT/postgres?sslmode=disable` */
  readonly url: string;
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 300;

/** `directory`: where the data are; without it they are gone at the end. `port` 0: any free one. */
export async function startEmbeddedPostgres(options: {
  directory?: string | undefined;
  host: string;
  port: number;
}): Promise<EmbeddedPostgres> {
  const { directory, host, port } = options;
  if (directory !== undefined) await makeDirectories(directory);
  const database = await PGlite.create(directory === undefined ? {} : { dataDir: directory });
  const server = new PGLiteSocketServer({
    db: database,
    host,
    port,
    maxConnections: CONNECTIONS_MAX,
  });
  await server.start();
  const bound = server.getServerConn();
  return {
    url: `postgresql://postgres@${bound}/postgres?sslmode=disable`,
    close: async () => {
      await server.stop();
      await database.close();
    },
  };
}
