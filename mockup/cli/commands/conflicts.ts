// `draws conflicts list|resolve`: documents that two sites have written.

import type { Command } from 'commander';
import { type WorkflowDatabase, workflowDatabases } from '../../core/databases.ts';
import { AppError } from '../../core/errors.ts';
import { quoteForShell } from '../../platform/process/shell-quoting.ts';
import { printableLine } from '../../platform/text/printable.ts';
import type { Conflict } from '../../replication/conflicts/find-conflicts.ts';
import type { JudgedConflict } from '../../replication/conflicts/resolve-conflicts.ts';
import type { ReplicatedSite } from '../../replication/plan.ts';
import { type CommandContext, examples } from '../command.ts';
import { couchdbUrl, type EnvironmentVariables, requireUrl, siteOr } from '../environment.ts';
import { textTable } from '../terminal/text-table.ts';
import { UsageError } from '../usage-error.ts';

interface Options {
  jao?: string;
  json?: boolean;
  keep?: string;
  dryRun?: boolean;
}

const JAO_OPTION = "JAO's server (default: known from the replications of this site)";

export function define(command: Command, context: CommandContext): void {
  command.addHelpText(
    'after',
    `${examples(
      'draws conflicts list',
      'draws conflicts resolve --dry-run',
      'draws conflicts resolve',
      'draws conflicts resolve status-entities uid___X1_X1_Xb0 --keep 3-5f0e…',
    )}\n\nAt the site of COUCHDB_URL; docs/CONFLICTS.md has the rules.`,
  );
  command
    .command('list')
    .description('Show each conflict, its revisions, and what the rule says.')
    .option('--jao <url>', JAO_OPTION)
    .option('--json', 'whole documents as JSON')
    .action((options: Options) => list(options, context));
  command
    .command('resolve')
    .description('End conflicts: all by the rule, or one of them as you say.')
    .argument('[database]', 'such as status-entities')
    .argument('[id]', 'of the document')
    .option('--jao <url>', JAO_OPTION)
    .option('--keep <revision>', 'the revision that counts; the others are deleted')
    .option('--dry-run', 'only show what would be kept')
    .action((database: string | undefined, id: string | undefined, options: Options) =>
      resolve({ database, id }, options, context),
    );
}

async function list(options: Options, context: CommandContext): Promise<void> {
  const judged = await judgeAll(here(context.env), options);
  if (options.json) return context.print(JSON.stringify(judged, null, 2));
  if (judged.length === 0) return context.print('no conflicts');
  for (const { conflict, judgement } of judged) {
    context.print(nameOf(conflict));
    const rows = conflict.leaves.map((leaf, index) => [
      judgement.keep === leaf._rev ? '  keep' : '',
      leaf._rev,
      index === 0 ? 'shown' : '',
      summaryOf(leaf),
    ]);
    for (const line of textTable(rows)) context.print(line);
    const decided = judgement.keep !== undefined;
    context.print(decided ? `  ${judgement.because}` : `  to be decided: ${judgement.why}`);
  }
}

async function resolve(
  { database, id }: { database: string | undefined; id: string | undefined },
  options: Options,
  context: CommandContext,
): Promise<void> {
  const site = here(context.env);
  if ((database === undefined) !== (id === undefined) || (options.keep && !id)) {
    throw new UsageError('a database and the id of one of its documents go together', {
      hint: 'draws conflicts list shows them',
    });
  }
  const { settle } = await import('../../replication/conflicts/resolve-conflicts.ts');
  const some =
    database === undefined || id === undefined
      ? undefined
      : [await oneConflict(site, requireDatabase(database), id)];
  const judged = await judgeAll(site, options, some);
  const verb = options.dryRun ? 'would keep' : 'kept';
  let undecided = 0;
  for (const { conflict, judgement } of judged) {
    const name = nameOf(conflict);
    const keep = options.keep ?? judgement.keep;
    if (keep === undefined) {
      undecided += 1;
      const words = ['resolve', conflict.database, conflict.id].map(quoteForShell).join(' ');
      const hint = printableLine(`draws conflicts ${words} --keep REVISION`);
      context.print(`${name}: left, ${'why' in judgement ? judgement.why : ''} (${hint})`);
      continue;
    }
    const merged = judgement.keep === keep ? judgement.merged : undefined;
    if (!options.dryRun) await settle(site, conflict, keep, merged);
    const because = judgement.keep === keep ? judgement.because : 'as you say';
    context.print(`${name}: ${verb} ${keep}, ${because}`);
  }
  if (judged.length === 0) context.print('no conflicts');
  if (undecided > 0) context.exitWith(1);
}

function here(env: EnvironmentVariables): ReplicatedSite {
  return { executive: siteOr(env, 'JAO'), url: couchdbUrl(env) };
}

async function judgeAll(
  site: ReplicatedSite,
  options: Options,
  some?: readonly Conflict[],
): Promise<JudgedConflict[]> {
  const { findConflicts } = await import('../../replication/conflicts/find-conflicts.ts');
  const { judgeConflicts } = await import('../../replication/conflicts/resolve-conflicts.ts');
  const conflicts = some ?? (await findConflicts(site));
  return judgeConflicts(conflicts, await findJao(site, options));
}

/** An ARC asks JAO; JAO's own revisions are no guide to conflicts at JAO. */
async function findJao(
  site: ReplicatedSite,
  { jao }: Options,
): Promise<ReplicatedSite | undefined> {
  if (jao !== undefined) return { executive: 'JAO', url: requireUrl(jao, '--jao') };
  if (site.executive === 'JAO') return site;
  const { peersOf, setUpReplications } = await import('../../replication/set-up-replications.ts');
  const plan = await setUpReplications(site).catch(() => []);
  return peersOf(plan, site.executive).find(({ executive }) => executive === 'JAO');
}

async function oneConflict(
  site: ReplicatedSite,
  database: WorkflowDatabase,
  id: string,
): Promise<Conflict> {
  const { readConflict } = await import('../../replication/conflicts/find-conflicts.ts');
  const found = await readConflict(site, database, id);
  if (found) return found;
  throw new AppError('no_such_conflict', `${database}/${id} has no conflict`, {
    hint: 'draws conflicts list shows those that have',
  });
}

function requireDatabase(name: string): WorkflowDatabase {
  const found = workflowDatabases.find((database) => database.name === name);
  if (found) return found.name;
  throw new UsageError(`no database of the workflow: ${JSON.stringify(name.slice(0, 40))}`, {
    hint: `one of ${workflowDatabases.map((database) => database.name).join(', ')}`,
  });
}

/** Ids come from anywhere: none is an order to the terminal. */
function nameOf({ database, id }: Conflict): string {
  return printableLine(`${database}/${id}`);
}

const SHOWN_FIELDS = ['state', 'substate', 'timestamp', 'selector', 'consumed'];
const SUMMARY_LENGTH = 100;

function summaryOf(leaf: Conflict['leaves'][number]): string {
  const { state, holder } = (leaf.delivery ?? {}) as { state?: string; holder?: { site: string } };
  const known = SHOWN_FIELDS.filter((name) => leaf[name] !== undefined && leaf[name] !== null);
  const fields = known.map((name) => `${name} ${leaf[name]}`);
  if (state) fields.push(`${state} at ${holder?.site}`);
  return fields.join(', ').slice(0, SUMMARY_LENGTH);
}
