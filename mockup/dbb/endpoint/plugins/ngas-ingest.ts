// NgasIngest: into the mock NGAS database, where the dashboards of the DRAWS line show it.

import { z } from 'zod';
import { databaseNames } from '../../../core/databases.ts';
import { type NgasDocument, ngasId } from '../../../core/products/ngas-document.ts';
import { createNgasArchive } from '../../../platform/ngas/ngas-archive.ts';
import { couchUrlOf, databaseName, serverEngine } from '../../records/database-settings.ts';
import type { CreatePlugin, PluginFile } from './plugin.ts';
import { parsePluginSettings } from './plugin-settings.ts';

const schema = z.strictObject({
  /** Another server than that of the records. */
  engine: serverEngine.optional(),
  database: databaseName.default(databaseNames.ngas),
  /** Archived files are known by name alone; a path keeps files of many directories apart. */
  name: z.enum(['filename', 'path'], { error: 'filename or path' }).default('filename'),
});

/** Documents may hold their files. */
const PAGE = 50;

export const createNgasIngest: CreatePlugin = (settings, ports) => {
  const own = parsePluginSettings(schema, settings);
  const url = own.engine === undefined ? undefined : couchUrlOf(own.engine);
  const database = ports.databases(url).open(own.database);
  const archive = createNgasArchive(database, ports.clock);
  const nameOf = ({ relpath, filename }: PluginFile): string =>
    own.name === 'filename' || relpath === '' ? filename : `${relpath}/${filename}`;
  return {
    version: 'mock-ngas',
    async ingest(file) {
      await archive.store(nameOf(file), await ports.read(file.path));
    },
    async verify(files) {
      const found = await database.getMany<NgasDocument>(
        files.map((file) => ngasId(nameOf(file))),
      );
      return files.map(({ checksum }, index) => {
        const lookup = found[index];
        if (!lookup || !('doc' in lookup)) return 'missing';
        if (lookup.doc.checksum === undefined) return 'unseen';
        return lookup.doc.checksum === checksum ? 'same' : 'other';
      });
    },
    keysOf: (file) => [ngasId(nameOf(file))],
    async dark(isKnown, after = '') {
      const startKey = after === '' ? '' : `${after}\u0000`;
      const page = await database.allDocs<NgasDocument>({ startKey, limit: PAGE });
      const last = page.length < PAGE ? undefined : page.at(-1)?._id;
      const dark = page.filter(({ _id }) => !isKnown(_id));
      return {
        looked: page.length,
        dark: dark.map(({ _id, writeTimestamp }) => ({
          name: _id,
          detail: `archived ${writeTimestamp}`,
        })),
        after: last,
      };
    },
  };
};
