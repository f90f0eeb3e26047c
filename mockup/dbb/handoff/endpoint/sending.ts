// How files get into the directory of their batch at the endpoint: many with one rsync, or by the
// template of the configuration.

import { directoryOf } from '../../../core/dbb/file-version.ts';
import type { CommandResult } from '../../remote/command-runner.ts';
import { succeeded } from '../../remote/command-runner.ts';
import { fillTemplate } from '../../remote/command-template.ts';
import { defaultOptions, programOf, withOptions } from '../../remote/ssh-options.ts';
import { bulkCommand, bulkInput, withShellOptions } from './bulk-transfer.ts';
import type { EndpointOptions } from './endpoint.ts';
import { type EndpointError, endpointError } from './failures.ts';
import { destinationsOf } from './transfer-directories.ts';

export class Sending {
  readonly #options: EndpointOptions;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /** Undefined where all commands went well. */
  async byTemplate(
    directory: string,
    paths: readonly string[],
  ): Promise<EndpointError | undefined> {
    const failures: EndpointError[] = [];
    const { transfer } = this.#options.configuration.commands;
    const destination = destinationsOf(transfer, directory, paths);
    for (const group of this.#groups(paths)) {
      const result = await this.#transfer(group, destination(group[0] ?? ''));
      if (succeeded(result)) continue;
      failures.push(endpointError('transfer', result));
      if (failures.at(-1)?.unreachable) break;
    }
    return failures[0];
  }

  /** `missing`: there is no rsync here, and the template does not ask for one. */
  async inBulk(
    directory: string,
    paths: readonly string[],
    resume: boolean,
  ): Promise<{ missing: boolean; failure?: EndpointError }> {
    const { configuration, connection, commands } = this.#options;
    const { rate_limit, num_threads, timeout } = configuration.general;
    const transfer = configuration.commands.bulk;
    if (!transfer) return { missing: true };
    const shellOptions = transfer.shell
      ? [...(connection?.options ?? []), ...defaultOptions(transfer.shell)]
      : [];
    const limit = rate_limit === null ? undefined : Math.ceil((rate_limit * 1024) / num_threads);
    const argv = bulkCommand({
      transfer,
      shellOptions,
      buffer: configuration.handoff.buffer,
      destination: directory,
      rateLimit_kib: limit,
      resume,
    });
    const timeout_ms = timeout === null ? undefined : timeout * 1000;
    const result = await commands.run({ argv, input: bulkInput(paths), timeout_ms });
    if (succeeded(result)) return { missing: false };
    const missing = result.notStarted !== undefined && !transfer.isTemplate;
    return { missing, failure: endpointError('transfer', result) };
  }

  /** Files that one command of the template carries. */
  #groups(paths: readonly string[]): string[][] {
    if (!this.#options.configuration.commands.takesMany) return paths.map((path) => [path]);
    return [...Map.groupBy(paths, directoryOf).values()];
  }

  #transfer(group: readonly string[], dest: string): Promise<CommandResult> {
    const { configuration, commands } = this.#options;
    const { transfer, source } = configuration.commands;
    const files = group.map((path) => `${configuration.handoff.buffer}/${path}`);
    const argv = withSsh(this.#options, fillTemplate(transfer, { [source]: files, dest }));
    const { timeout } = configuration.general;
    return commands.run({ argv, timeout_ms: timeout === null ? undefined : timeout * 1000 });
  }
}

/** The command with the options of the shared connection, where it is one of ssh's. */
export function withSsh({ connection }: EndpointOptions, argv: string[]): string[] {
  const sharing = connection?.options ?? [];
  const options = [...sharing, ...defaultOptions(argv)];
  if (['ssh', 'scp'].includes(programOf(argv))) return withOptions(argv, options);
  const isShared = programOf(argv) === 'rsync' && sharing.length > 0;
  return isShared ? withShellOptions(argv, options) : argv;
}
