// `draws couchdb`: the embedded server alone, in the place of an Apache CouchDB.

import { createServer } from 'node:http';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { describeError } from '../../core/errors.ts';
import { closeServer, listen } from '../../platform/http/listen.ts';
import { type CommandContext, examples } from '../command.ts';
import { type EnvironmentVariables, requireInteger } from '../environment.ts';
import { limitsHelp, parseLimits } from '../site/couchdb-limits.ts';
import { UsageError } from '../usage-error.ts';

interface Options {
  port: string;
  host: string;
  data: string;
  admin?: string;
  inMemory?: boolean;
  limit?: string[];
  purgeAfter?: string;
}

const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

export function define(command: Command, context: CommandContext): void {
  command
    .option('--port <port>', '0: any free one', '5984')
    .option(
      '--host <address>',
      'that it listens on; another than loopback needs --admin',
      '127.0.0.1',
    )
    .option('--data <dir>', 'where the databases are', '.draws/couchdb')
    .option('--admin <user:password>', 'the administrator; better in COUCHDB_ADMIN, unseen')
    .option('--in-memory', 'keep nothing')
    .option('--purge-after <days>', 'tombstones, once every replication has carried them')
    .option('--limit <name=value>', 'one of those below; may be repeated', collect)
    .addHelpText('after', limitsHelp())
    .addHelpText(
      'after',
      examples(
        'draws couchdb',
        'draws couchdb --limit document-size=16000000 --limit feeds=100',
        'COUCHDB_ADMIN=me:secret draws couchdb --host 0.0.0.0 --data /var/lib/draws',
      ),
    )
    .action(async (options: Options) => {
      const port = requireInteger(options.port, '--port', 0, 65_535);
      const limits = parseLimits(options.limit ?? []);
      const admin = parseAdmin(options.admin, context.env);
      const { runUntilStopped } = await import('../actor/run-until-stopped.ts');
      const { startCouchServer } = await import('../../couch-server/server.ts');
      const tell = (message: string, error?: unknown): void => {
        const reason = error === undefined ? '' : `: ${describeError(error)}`;
        context.warn(`${message}${reason}`);
      };
      const exitCode = await runUntilStopped(async () => {
        // Before there are files that nobody needs.
        if (port !== 0) await requireFreePort(options.host, port);
        const server = await startCouchServer({
          host: options.host,
          port,
          limits,
          ...(options.inMemory ? {} : { directory: resolve(options.data) }),
          tombstoneAgeMs: daysInMs(options.purgeAfter),
          ...(admin && { admins: { [admin.user]: admin.password } }),
          log: tell,
          tell,
        });
        context.print(`listening on ${server.url}`);
        if (process.connected) process.send?.({ url: server.url }, () => {});
        return { stop: () => server.close() };
      });
      context.exitWith(exitCode);
    });
}

function daysInMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const days = Number(text);
  if (Number.isFinite(days) && days > 0) return days * 86_400_000;
  throw new UsageError(`--purge-after is a number of days above 0, not ${JSON.stringify(text)}`);
}

/** Throws AppError `port_in_use`. What else is wrong with the address the server itself says. */
async function requireFreePort(host: string, port: number): Promise<void> {
  const trial = createServer();
  try {
    await listen(trial, { host, port });
    await closeServer(trial);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'port_in_use') throw error;
  }
}

function parseAdmin(
  option: string | undefined,
  env: EnvironmentVariables,
): { user: string; password: string } | undefined {
  const given = option ?? env.COUCHDB_ADMIN;
  if (!given) return undefined;
  const at = given.indexOf(':');
  if (at > 0 && at < given.length - 1) {
    return { user: given.slice(0, at), password: given.slice(at + 1) };
  }
  throw new UsageError(`${option ? '--admin' : 'COUCHDB_ADMIN'} is not user:password`);
}
