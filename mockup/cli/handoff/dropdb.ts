// `hdfmgr dropdb`: deletes the databases with all records. Files are not touched.

import type { Command } from 'commander';
import { dropDatabases } from '../../dbb/handoff/records/init-databases.ts';
import { lockHolder } from '../../dbb/holding/directory-lock.ts';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { readConfigured, withDatabase } from './configured.ts';

export function define(command: Command, context: CommandContext): void {
  command.argument('<config>', 'YAML file').action(async (path: string) => {
    const configured = readConfigured(path);
    const holder = lockHolder(`${configured.own}/lock`, Date.now());
    if (holder) {
      throw new UsageError(`process ${holder.pid} on ${holder.host} writes these records`, {
        hint: 'stop it first',
      });
    }
    const { tablenames } = configured.configuration.database;
    await withDatabase(configured, async (server, shown) => {
      const dropped = await dropDatabases(server, tablenames);
      if (dropped.length === 0) context.print('there were none');
      else context.print(`deleted ${dropped.join(' and ')} at ${shown}`);
    });
  });
}
