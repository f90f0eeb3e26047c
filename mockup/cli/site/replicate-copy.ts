// `draws replicate copy`: all databases of one server to another, to move a site.

import type { Command } from 'commander';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import {
  type Copy,
  copyDatabases,
  databasesToCopy,
  startCopying,
  stopCopying,
} from '../../replication/copy-databases.ts';
import { couchRequest } from '../../replication/couch-request.ts';
import { type CommandContext, examples } from '../command.ts';
import { requireUrl } from '../environment.ts';
import { UsageError } from '../usage-error.ts';
import { connectTo } from './connection.ts';

const HELP =
  'A password in an argument is seen in lists of processes. ' +
  'See docs/COUCHDB.md for how to move a running line.';

interface Options {
  push?: boolean;
  pull?: boolean;
  continuous?: boolean;
  stop?: boolean;
}

export function defineCopy(command: Command, context: CommandContext): void {
  command
    .description('Copy databases from one server to another, to move a site.')
    .argument('<from>', 'URL of the server to copy from, or env:NAME of a variable that holds it')
    .argument('<to>', 'URL of the server to copy to, or env:NAME')
    .argument('[databases...]', 'default: all but those that begin with _')
    .option(
      '--push',
      'the first server does the work; default: the embedded one of the two, or TO',
    )
    .option('--pull', 'the second server does the work')
    .option('--continuous', 'begin, and go on copying while the line runs')
    .option('--stop', 'end what --continuous began; what was copied stays')
    .addHelpText(
      'after',
      `${examples(
        'NEW=http://me:secret@new-host:5984 draws replicate copy http://localhost:5984 env:NEW',
      )}\n\n${HELP}`,
    )
    .action(async (from: string, to: string, names: string[], options: Options) => {
      if (options.continuous && options.stop) {
        throw new UsageError('--continuous and --stop together make no sense');
      }
      if (options.push && options.pull) throw new UsageError('either --push or --pull');
      const urls = [from, to].map((text) => fromEnvironment(text, context.env));
      const copy = await planCopy(urls, names, options);
      if (options.stop) return stopCopying(copy);
      if (options.continuous) {
        await startCopying(copy);
        return context.print(`copying ${copy.databases.length} databases`);
      }
      await copyAndTell(copy, context);
    });
}

/** What `env:NAME` stands for: a URL that is not to be seen among the arguments. */
function fromEnvironment(text: string, env: CommandContext['env']): string {
  if (!text.startsWith('env:')) return text;
  const name = text.slice('env:'.length);
  const url = env[name];
  if (url) return url;
  throw new UsageError(`the variable ${name} is not set`, { hint: `set ${name} to a URL` });
}

async function planCopy(
  [from = '', to = '']: readonly string[],
  names: readonly string[],
  { push, pull }: Options,
): Promise<Copy> {
  const [source, target] = [requireUrl(from, 'from'), requireUrl(to, 'to')];
  const [here, there] = [connectTo(source), connectTo(target)];
  if (here.address === there.address) throw new UsageError('both URLs are the same server');
  await Promise.all([here.check(), there.check()]);
  const databases = await databasesToCopy(here);
  const missing = names.find((name) => !databases.includes(name));
  if (missing !== undefined) {
    throw new UsageError(`${here.address} has no database ${JSON.stringify(missing)}`, {
      hint: `it has ${databases.join(', ') || 'none'}`,
    });
  }
  return {
    from: { url: source, server: here },
    to: { url: target, server: there },
    databases: names.length > 0 ? names : databases,
    push: push ?? (!pull && (await isEmbedded(source)) && !(await isEmbedded(target))),
    clock: createSystemClock(),
  };
}

/**
 * An embedded server without an administrator answers its own machine alone, but reaches others: of
 * two kinds it is the one that can do the work.
 */
async function isEmbedded(url: string): Promise<boolean> {
  const { body } = await couchRequest({ url, executive: 'the server' }, '/');
  const { vendor } = (body ?? {}) as { vendor?: { name?: unknown } };
  return typeof vendor?.name === 'string' && vendor.name.startsWith('draws');
}

async function copyAndTell(copy: Copy, context: CommandContext): Promise<void> {
  for await (const { name, documents, deleted, refused, same } of copyDatabases(copy)) {
    const much = `${documents} documents, ${deleted} deleted`;
    context.print(`${name}: ${much}${refused > 0 ? `, ${refused} refused` : ''}`);
    if (same && refused === 0) continue;
    context.exitWith(1);
    if (!same) context.warn(`${name}: the servers differ; is something still writing to one?`);
  }
}
