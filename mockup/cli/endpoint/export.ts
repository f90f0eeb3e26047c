// `endmgr export --sql`: the records as tables of the Python manager, in a SQLite file.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { type Exported, exportChanges } from '../../dbb/endpoint/sql-export.ts';
import { SqlCopy, tableOf } from '../../dbb/storage/sql-copy.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { createChangesPages } from '../../platform/couch/feeds/changes-pages.ts';
import { silentLogger } from '../../platform/log/logger.ts';
import { createSystemRandom } from '../../platform/random/system-random.ts';
import { runUntilStopped } from '../actor/run-until-stopped.ts';
import { type CommandContext, examples } from '../command.ts';
import { connectTo } from '../site/connection.ts';
import { namesOf, readAny, withDatabases } from './configured.ts';

interface Options {
  sql: string;
  follow?: boolean | undefined;
}

const FOLLOW_MS = 1000;

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file of a finder, an ingester or a backfill')
    .requiredOption('--sql <file>', 'SQLite file; one that is there is brought up to date')
    .option('--follow', 'keep it up to date until SIGTERM or SIGINT')
    .addHelpText(
      'after',
      examples('endmgr export examples/endpoint/ingester-null.yaml --sql records.sqlite3'),
    )
    .action(async (config: string, { sql, follow }: Options) => {
      const configuration = readAny(config);
      const { files, events } = namesOf(configuration);
      await withDatabases(config, configuration, ({ url }) =>
        exportTables({ couchUrl: url, files, events, sql, follow }, context),
      );
    });
}

interface Wanted extends Options {
  couchUrl: string;
  files: string;
  events: string | undefined;
}

async function exportTables(
  { couchUrl, files, events, sql, follow }: Wanted,
  context: CommandContext,
): Promise<void> {
  // Says soon what is wrong, where the server or its databases are not there.
  await connectTo(couchUrl).open(files).info();
  const tables = tablesOf(files, events);
  const copy = new SqlCopy({ path: sql, tables });
  const stopping = new AbortController();
  const { signal } = stopping;
  const shared = { couchUrl, clock: createSystemClock(), random: createSystemRandom() };
  const sourceOf = (name: string) => ({
    name,
    changes: createChangesPages({ ...shared, database: name, signal, log: silentLogger }),
  });
  const sources = { files: sourceOf(files), events: events ? sourceOf(events) : undefined };
  const round = () => exportChanges({ copy, ...sources, signal });
  try {
    const first = await round();
    context.print(
      `${sql}: ${describe(first)} brought up to date in ${tables.files}, ${tables.events}`,
    );
    if (follow) context.exitWith(await followChanges(round, stopping));
  } finally {
    copy.close();
  }
}

function tablesOf(files: string, events = 'file_events'): { files: string; events: string } {
  const tables = { files: tableOf(files), events: tableOf(events) };
  return tables.files === tables.events ? { files, events } : tables;
}

function followChanges(
  round: () => Promise<Exported>,
  stopping: AbortController,
): Promise<number> {
  return runUntilStopped(
    async () => {
      const { signal } = stopping;
      const running = (async () => {
        while (!signal.aborted) {
          await round();
          await sleep(FOLLOW_MS, undefined, { signal });
        }
      })().catch((error) => {
        if (!signal.aborted) throw error;
      });
      return {
        finished: running.then(() => ({ exitCode: 0 })),
        stop: async () => {
          stopping.abort(new Error('stopped'));
          await running;
        },
      };
    },
    { exitCode: 0 },
  );
}

function describe({ files, histories }: Exported): string {
  return `${files} files and the events of ${histories}`;
}
