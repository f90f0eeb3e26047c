// `hdfmgr initdb`: the databases for records. (`run` makes them too.)

import type { Command } from 'commander';
import { initDatabases } from '../../dbb/handoff/records/init-databases.ts';
import type { CommandContext } from '../command.ts';
import { readConfigured, withDatabase } from './configured.ts';

export function define(command: Command, context: CommandContext): void {
  command.argument('<config>', 'YAML file').action(async (path: string) => {
    const configured = readConfigured(path);
    const { tablenames } = configured.configuration.database;
    await withDatabase(configured, async (server, shown) => {
      await initDatabases(server, tablenames);
      context.print(`${tablenames.file} and ${tablenames.batch} are there, at ${shown}`);
    });
  });
}
