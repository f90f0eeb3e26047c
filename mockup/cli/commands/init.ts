// `draws init`: the databases and indexes on a server, and the users as which actors run.

import type { Command } from 'commander';
import { initDatabases } from '../../replication/init-databases.ts';
import { hasUser, makeMember } from '../../replication/members.ts';
import { createSystemDatabases } from '../../replication/system-databases.ts';
import { type CommandContext, examples } from '../command.ts';
import { couchdbUrl } from '../environment.ts';
import { connect } from '../site/connection.ts';
import { readPassword } from '../terminal/password-input.ts';
import { UsageError } from '../usage-error.ts';

interface Options {
  user?: string;
  passwordFile?: string;
}

const VARIABLE = 'DRAWS_USER_PASSWORD';

export function define(command: Command, context: CommandContext): void {
  command
    .option('--user <name>', 'make this user, if need be, and a member of the databases')
    .option('--password-file <file>', `of --user; else ${VARIABLE}, or you are asked`)
    .addHelpText(
      'after',
      `${examples(
        'draws init',
        'COUCHDB_URL=http://admin:secret@arc-host:5984 draws init',
        'COUCHDB_URL=http://admin:secret@arc-host:5984 draws init --user draws',
      )}\n\nMaking databases and users takes a server administrator; see docs/COUCHDB.md.`,
    )
    .action(async (options: Options) => {
      if (options.passwordFile !== undefined && options.user === undefined) {
        throw new UsageError('--password-file is for --user');
      }
      const server = connect(context.env);
      for (const name of await createSystemDatabases(server)) context.print(`${name}: created`);
      for (const { name, outcome } of await initDatabases(server)) {
        context.print(`${name}: ${outcome === 'created' ? 'created' : 'there already'}`);
      }
      if (options.user !== undefined) await makeUser(options.user, options, context);
    });
}

async function makeUser(user: string, options: Options, context: CommandContext): Promise<void> {
  const server = { url: couchdbUrl(context.env), executive: 'the server' };
  const given = options.passwordFile !== undefined || Boolean(context.env[VARIABLE]);
  const password =
    !given && (await hasUser(server, user))
      ? undefined
      : await readPassword({
          env: context.env,
          variable: VARIABLE,
          file: options.passwordFile,
          question: `password for ${user}: `,
        });
  if (password === undefined && !(await hasUser(server, user))) {
    throw new UsageError(`user ${user} is new and needs a password`, {
      hint: `give it in ${VARIABLE} or --password-file`,
    });
  }
  const made = await makeMember(server, user, password);
  context.print(`user ${user}: ${made.user === 'exists' ? 'there already' : made.user}`);
  const databases = made.databases.length > 0 ? made.databases.join(', ') : 'nothing new';
  context.print(`user ${user}: made a member of ${databases}`);
}
