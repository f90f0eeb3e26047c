// `endmgr check`: whether storage area, records, events and the target of an ingester agree.

import type { Command } from 'commander';
import {
  type CheckOptions,
  COUNTS,
  endpointPhases,
  FAULTS,
} from '../../dbb/endpoint/check/check-endpoint.ts';
import { TargetCheck } from '../../dbb/endpoint/check/check-target.ts';
import type { PluginLane } from '../../dbb/endpoint/ingester/plugin-lane.ts';
import { matcherOf } from '../../dbb/records/patterns.ts';
import { createStorageWork } from '../../dbb/storage/storage-work-threads.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { Releases } from '../../platform/process/releases.ts';
import { type CommandContext, examples } from '../command.ts';
import {
  addCheckOptions,
  endCheck,
  type CheckOptions as GivenOptions,
  startCheck,
} from '../dbb/check-options.ts';
import { connectTo } from '../site/connection.ts';
import { UsageError } from '../usage-error.ts';
import {
  directoryOfConfiguration,
  type EndpointConfiguration,
  namesOf,
  readAny,
  storageOf,
  withDatabases,
} from './configured.ts';

type Given = GivenOptions & { repair?: boolean; darkInTarget?: boolean };

export function define(command: Command, context: CommandContext): void {
  addCheckOptions(
    command
      .argument('<config>', 'YAML file of a finder, an ingester or a backfill')
      .option('--dark-in-target', 'also tell what the target has of no file on record')
      .option('--repair', 'record dark files, and ask again for files that the target lacks'),
  )
    .addHelpText(
      'after',
      examples(
        'endmgr check examples/endpoint/finder.yaml',
        'endmgr check examples/endpoint/ingester-null.yaml --repair --json',
      ),
    )
    .action(async (path: string, options: Given) => {
      const configuration = readAny(path);
      const run = startCheck(options, COUNTS, context);
      const releases = new Releases();
      try {
        const isComplete = await withDatabases(path, configuration, async ({ url }) => {
          const check = await compose({ path, configuration, url, options }, releases);
          return run.through(endpointPhases(check, run));
        });
        const { json = false } = options;
        endCheck(run, { isComplete, faults: FAULTS, json }, context);
      } finally {
        await releases.release();
      }
    });
}

interface Inputs {
  path: string;
  configuration: EndpointConfiguration;
  url: string;
  options: Given;
}

async function compose(inputs: Inputs, releases: Releases): Promise<CheckOptions> {
  const { configuration, url, options } = inputs;
  const server = connectTo(url);
  const names = namesOf(configuration);
  const work = createStorageWork();
  releases.add(() => work.close());
  const shared = {
    files: server.open(names.files),
    clock: createSystemClock(),
    storage: storageOf(configuration),
    repairs: options.repair === true,
    isExcluded: matcherOf(excludedBy(configuration)),
  };
  const lane = await laneOf(inputs, releases);
  const target =
    'ingester' in configuration && names.events !== undefined
      ? new TargetCheck({
          ...shared,
          events: server.open(names.events),
          verify: lane?.verifies ? (files) => lane.verify(files) : undefined,
        })
      : undefined;
  const targetDark = options.darkInTarget
    ? { ...shared, lane: listing(lane), events: server.open(names.events ?? '') }
    : undefined;
  return { ...shared, work, contents: server.open(names.contents), target, targetDark };
}

/** Throws UsageError where nobody can tell what the target has. */
function listing(lane: PluginLane | undefined): PluginLane {
  if (lane?.lists) return lane;
  throw new UsageError('--dark-in-target is for ingesters whose plugin can list its target', {
    hint: 'NgasIngest, RucioIngest and Gen3Ingest can',
  });
}

function excludedBy(configuration: EndpointConfiguration): readonly string[] {
  if ('finder' in configuration) return configuration.finder.search.exclude_list ?? [];
  if ('ingester' in configuration) return configuration.ingester.exclude_list ?? [];
  return [];
}

/** The plugin of an ingester, in a process of its own. */
async function laneOf(
  { path, configuration, url }: Inputs,
  releases: Releases,
): Promise<PluginLane | undefined> {
  if (!('ingester' in configuration)) return undefined;
  const { openLane } = await import('./check-plugin.ts');
  const lane = await openLane(configuration, directoryOfConfiguration(path), url);
  releases.add(() => lane.stop());
  return lane;
}
