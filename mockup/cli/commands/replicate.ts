// `draws replicate apply|status|cancel|copy`: the replications between JAO and the ARCs, and moves.

import type { Command } from 'commander';
import { type Applied, applyReplications, cancelReplications } from '../../replication/apply.ts';
import type { PlannedReplication, ReplicatedSite } from '../../replication/plan.ts';
import { replicationStatus } from '../../replication/replication-status.ts';
import { splitCredentials } from '../../replication/replicator-document.ts';
import { type CommandContext, examples } from '../command.ts';
import { connectTo } from '../site/connection.ts';
import { defineCopy } from '../site/replicate-copy.ts';
import { addSiteOptions, knownPlan, planOf, type SiteOptions } from '../site/replicated-sites.ts';
import { textTable } from '../terminal/text-table.ts';

interface Options extends SiteOptions {
  at?: string;
  dryRun?: boolean;
  json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  const sub = (name: string, description: string): Command =>
    addSiteOptions(command.command(name).description(description)).option(
      '--at <site>',
      'only what this site pulls',
    );

  command.addHelpText(
    'after',
    `${examples(
      'draws replicate apply --dry-run --jao http://jao-host:5984 --arc EU=http://arc-host:5984',
      'export DRAWS_LOCATION=JAO COUCHDB_URL=http://me:secret@jao-host:5984',
      'export DRAWS_EU_COUCHDB=http://me:secret@arc-host:5984',
      'draws replicate apply',
      'draws replicate status',
    )}\n\nA site pulls what it receives, so each URL must be good on both hosts.`,
  );
  sub('apply', 'Set up what is missing; run again, it changes nothing.')
    .option('--dry-run', 'only show the plan')
    .action(async (options: Options) => {
      const plan = planOf(options, context.env, options.at);
      show(await applyReplications(plan, connectSite, options), options, context);
    });
  sub('cancel', 'Stop the replications; the documents stay.')
    .option('--dry-run', 'only show what would be cancelled')
    .action(async (options: Options) => {
      const plan = planOf(options, context.env, options.at);
      show(await cancelReplications(plan, connectSite, options), options, context);
    });
  sub('status', 'Show each replication: state, documents behind, last error.')
    .option('--json', 'as JSON')
    .action((options: Options) => status(options, context));
  defineCopy(command.command('copy'), context);
}

async function status(options: Options, context: CommandContext): Promise<void> {
  const isGiven = options.jao !== undefined || options.arc.length > 0;
  const known = isGiven ? undefined : await knownPlan(context.env, options.at);
  const found = await replicationStatus(known ?? planOf(options, context.env, options.at));
  if (found.some(({ state }) => state !== 'running')) context.exitWith(1);
  if (options.json) {
    const rows = found.map(({ planned, ...rest }) => ({
      id: planned.id,
      database: planned.database,
      from: planned.source.executive,
      to: planned.receiver.executive,
      ...rest,
    }));
    return context.print(JSON.stringify(rows, null, 2));
  }
  const rows = found.map(({ planned, state, behind, lastError }) => [
    planned.database,
    direction(planned),
    state,
    behind === undefined ? '' : `${behind} behind`,
    lastError ?? '',
  ]);
  for (const line of textTable(rows)) context.print(line);
}

function show(applied: readonly Applied[], options: Options, context: CommandContext): void {
  const rows = applied.map(({ planned, outcome }) => [
    planned.database,
    direction(planned),
    options.dryRun && outcome !== 'unchanged' && outcome !== 'absent'
      ? `would be ${outcome}`
      : outcome,
    `${splitCredentials(planned.source.url).address} → at ${planned.receiver.executive}`,
  ]);
  for (const line of textTable(rows)) context.print(line);
}

function direction({ source, receiver }: PlannedReplication): string {
  return `${source.executive} → ${receiver.executive}`;
}

function connectSite({ url }: ReplicatedSite) {
  return connectTo(url);
}
