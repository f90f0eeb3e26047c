// `prompt-proto fan-out`: one nextVisit for a pointing becomes one for each detector that takes part.

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { runUntilStopped } from '../actor/run-until-stopped.ts';
import { type CommandContext, examples } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { databaseOf, promptPorts } from './servers/prompt-ports.ts';

interface Options {
  detectors: string;
  topic: string;
  expiry: number;
}

const TABLE = `
The table of detectors is YAML:
  LATISS: all
  LSSTCam: [0..8, 94]

Messages on the topic are the scheduler's: salIndex, groupId, coordinateSystem, position,
rotationSystem, cameraAngle, filters, duration, nimages, instrument, survey, …`;

export function define(command: Command, context: CommandContext): void {
  command
    .requiredOption('--detectors <file>', 'which detectors of which camera take part')
    .option('--topic <name>', 'with one message for each pointing', 'nextVisit-pointing')
    .option('--expiry <seconds>', 'older messages are dropped', Number, 3600)
    .addHelpText('after', TABLE)
    .addHelpText('after', examples('prompt-proto fan-out --detectors detectors.yaml'))
    .action(async (options: Options) => {
      if (!(options.expiry > 0)) throw new UsageError('--expiry must be a number above 0');
      const { readDetectorTable } = await import('../../prompt/fan-out/detector-table.ts');
      const detectors = readDetectorTable(readTable(options.detectors));
      const exitCode = await runUntilStopped(() => start(context, options, detectors));
      context.exitWith(exitCode);
    });
}

function readTable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--detectors: ${(error as Error).message}`);
  }
}

async function start(
  context: CommandContext,
  { topic, expiry }: Options,
  detectors: import('../../prompt/fan-out/detector-table.ts').DetectorTable,
) {
  const { openCloudClients } = await import('../../prompt/cloud/cloud-clients.ts');
  const { fanOut } = await import('../../prompt/fan-out/fan-out.ts');
  const { VisitStore } = await import('../../prompt/visits/visit-store.ts');
  const { VISIT_LEASE_MS } = await import('../../prompt/visits/claim-sights.ts');
  const { workerName } = await import('../../prompt/visits/worker-name.ts');
  const { followTopic } = await import('./follow-topic.ts');
  const { clock, log, database } = promptPorts('fan-out', context);
  const cloud = await openCloudClients(context.env);
  const worker = workerName('fan-out', process.pid);
  const visits = new VisitStore({
    ...{ clock, database: await database(databaseOf.visits), worker, lease_ms: VISIT_LEASE_MS },
  });
  const stopped = new AbortController();
  const following = followTopic({
    ...{ clock, log, cloud, topic, subscription: 'fan-out-sub', signal: stopped.signal },
    onMessage: async ({ id, data, publishTime }) => {
      const count = await fanOut(
        {
          ...{ log, publisher: cloud.publisher, detectors, expiry_s: expiry },
          now_ms: () => clock.now(),
          refuse: (name, reason, body) => visits.refuse(name, reason, body),
          expired: async (old, age_s) => {
            const reason = `announced ${Math.round(age_s)} s ago`;
            for (const visit of old) await visits.dismiss(visit, 'expired', reason);
          },
        },
        { id, data, published_ms: publishTime.getTime() },
      );
      log.info({ message: id, count }, 'fanned out');
      return true;
    },
  });
  context.print(`following ${topic}`);
  return {
    stop: async () => {
      stopped.abort(new Error('the fan-out stops'));
      await following;
      await cloud.close();
    },
  };
}
