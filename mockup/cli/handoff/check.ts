// `hdfmgr check`: whether the buffer, the holding area, the endpoint and the records agree.

import type { Command } from 'commander';
import {
  COUNTS,
  FAULTS,
  type HandoffCheck,
  handoffPhases,
} from '../../dbb/handoff/check/check-handoff.ts';
import { createFileWork } from '../../dbb/holding/file-work-threads.ts';
import { matcherOf } from '../../dbb/records/patterns.ts';
import { Releases } from '../../platform/process/releases.ts';
import { type CommandContext, examples } from '../command.ts';
import { addCheckOptions, type CheckOptions, endCheck, startCheck } from '../dbb/check-options.ts';
import { readConfigured, withDatabase } from './configured.ts';
import { openEndpoint } from './open-endpoint.ts';

type Given = CheckOptions & { checksum?: boolean; endpoint: boolean };

export function define(command: Command, context: CommandContext): void {
  addCheckOptions(
    command
      .argument('<config>', 'YAML file')
      .option('--checksum', 'by contents, and not by sizes alone')
      .option('--no-endpoint', 'only what is here'),
  )
    .addHelpText('after', examples('hdfmgr check examples/handoff/local.yaml --json'))
    .action(async (path: string, options: Given) => {
      const configured = readConfigured(path);
      const { buffer, holding, manager, configuration } = configured;
      const run = startCheck(options, COUNTS, context);
      const releases = new Releases();
      const work = createFileWork();
      releases.add(() => work.close());
      try {
        const isComplete = await withDatabase(configured, async (server) => {
          const check: HandoffCheck = {
            files: server.open(configuration.database.tablenames.file),
            ...{ work, manager, buffer, holding, byChecksum: options.checksum === true },
            isExcluded: matcherOf(configuration.general.exclude_list ?? []),
            endpoint: options.endpoint ? await openEndpoint(configured, releases) : undefined,
          };
          return run.through(handoffPhases(check, run));
        });
        endCheck(run, { isComplete, faults: FAULTS, json: options.json ?? false }, context);
      } finally {
        await releases.release();
      }
    });
}
