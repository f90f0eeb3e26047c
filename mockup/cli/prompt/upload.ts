// `prompt-proto upload`: plays the telescope, as the prototype's upload.py.

import { type Command, InvalidArgumentError } from 'commander';
import { instrumentNamed } from '../../core/prompt/instruments.ts';
import { createSeededRandom } from '../../platform/random/seeded-random.ts';
import { registryAccess } from '../../prompt/databases/butler-registry.ts';
import { SAMPLE_BUCKET } from '../../prompt/service/buckets.ts';
import { type CommandContext, examples } from '../command.ts';
import { requireInteger } from '../environment.ts';
import { DEFAULT_PROJECT, promptPorts } from './servers/prompt-ports.ts';

interface Options {
  bucket: string;
  pace: number;
  late: number;
  lose: number;
  detectors?: number[];
  imageTimeout: number;
  calibRepo?: string;
  seed?: string;
  samples: string;
  pointings?: boolean;
  survey?: string;
  project: string;
}

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<instrument>', 'LSSTCam, LSSTComCam, LATISS, DECam or HSC')
    .argument('<groups>', 'how many')
    .option('--bucket <name>', 'for raw images', 'rubin-prompt-proto-main')
    .option('--pace <factor>', '1: as on the sky, 0: no waiting', share(1000), 1)
    .option('--late <share>', 'of images that come too late', share(1), 0)
    .option('--lose <share>', 'of images that never come', share(1), 0)
    .option('--detectors <list>', 'only these: 0,4,8', list)
    .option('--image-timeout <seconds>', 'after which an image is late', share(3600), 50)
    .option('--calib-repo <dir>', 'filled with what each group needs (default: CALIB_REPO)')
    .option('--samples <bucket>', 'with raws to send where it has some', SAMPLE_BUCKET)
    .option('--pointings', 'announces each pointing once, for prompt-proto fan-out')
    .option('--survey <name>', 'of the visits: it chooses their pipeline')
    .option('--seed <text>', 'the same pointings again')
    .option('--project <id>', 'of the cloud', DEFAULT_PROJECT)
    .addHelpText(
      'after',
      examples(
        'prompt-proto upload LSSTComCam 3',
        'prompt-proto upload LATISS 10 --pace 0.1 --lose 0.2',
      ),
    )
    .action(async (name: string, groups: string, options: Options) => {
      const instrument = instrumentNamed(name);
      const { runNight } = await import('../../prompt/tester/tester.ts');
      const { openCloudClients } = await import('../../prompt/cloud/cloud-clients.ts');
      const { openTesterStorage } = await import('../../prompt/tester/tester-storage.ts');
      const { fillRepository } = await import('../../prompt/pipeline/central-repository.ts');
      const { clock, random } = promptPorts('upload', context);
      const cloud = await openCloudClients({
        ...context.env,
        GOOGLE_CLOUD_PROJECT: options.project,
      });
      const repository = options.calibRepo ?? context.env.CALIB_REPO;
      const [access, stopped] = [registryAccess(context.env), new AbortController()];
      process.once('SIGINT', () => stopped.abort(new Error('stopped')));
      try {
        const night = await runNight(
          {
            clock,
            random: options.seed === undefined ? random : createSeededRandom(options.seed),
            publisher: cloud.publisher,
            storage: openTesterStorage(options.project),
            onGroup: async ({ visits }) => {
              if (repository) await fillRepository(repository, visits, access);
            },
            onStep: context.print,
          },
          {
            ...{ instrument, bucket: options.bucket, pace: options.pace },
            ...{ late: options.late, lose: options.lose, detectors: options.detectors },
            groups: requireInteger(groups, 'groups', 1, 10_000),
            imageTimeout_s: options.imageTimeout,
            sampleBucket: options.samples,
            ...{ pointings: options.pointings, survey: options.survey },
            signal: stopped.signal,
          },
        );
        const count = (fate: string): number =>
          night.images.filter((image) => image.fate === fate).length;
        context.print(
          `${night.groups.length} groups; images: ${count('uploaded')} in time, ` +
            `${count('late')} late, ${count('lost')} lost`,
        );
      } finally {
        await cloud.close();
      }
    });
}

function share(most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= 0 && value <= most) return value;
    throw new InvalidArgumentError(`a number from 0 to ${most} is needed`);
  };
}

function list(text: string): number[] {
  if (/^\d{1,3}(,\d{1,3})*$/.test(text)) return text.split(',').map(Number);
  throw new InvalidArgumentError('numbers with commas between them are needed');
}
