// NgasIngest: into the mock NGAS database, where the dashboards of the DRAWS line show it.

import { z } from 'zod';
import { databaseNames } from '../../../core/databases.ts';
import { createNgasArchive } from '../../../platform/ngas/ngas-archive.ts';
import { couchUrlOf, databaseName, serverEngine } from '../../records/database-settings.ts';
import type { CreatePlugin } from './plugin.ts';
import { parsePluginSettings } from './plugin-settings.ts';

const schema = z.strictObject({
  /** Another server than that of the records. */
  engine: serverEngine.optional(),
  database: databaseName.default(databaseNames.ngas),
  /** Archived files are known by name alone; a path keeps files of many directories apart. */
  name: z.enum(['filename', 'path'], { error: 'filename or path' }).default('filename'),
});

export const createNgasIngest: CreatePlugin = (settings, ports) => {
  const own = parsePluginSettings(schema, settings);
  const url = own.engine === undefined ? undefined : couchUrlOf(own.engine);
  const archive = createNgasArchive(ports.databases(url).open(own.database), ports.clock);
  return {
    version: 'mock-ngas',
    async ingest({ path, relpath, filename }) {
      const whole = relpath === '' ? filename : `${relpath}/${filename}`;
      const name = own.name === 'filename' ? filename : whole;
      await archive.store(name, await ports.read(path));
    },
  };
};
