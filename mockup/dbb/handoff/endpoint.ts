// The endpoint site as the manager sees it: directories that are prepared, files that are sent
// into a directory of their batch within the staging area, verified there and moved into the
// buffer. Every failure is an EndpointError.

import { directoryOf } from '../../core/dbb/file-version.ts';
import { stagingName } from '../../core/dbb/staging-name.ts';
import type { CommandResult, CommandRunner } from '../remote/command-runner.ts';
import { succeeded } from '../remote/command-runner.ts';
import { fillTemplate } from '../remote/command-template.ts';
import type { SshConnection } from '../remote/ssh-connection.ts';
import { defaultOptions, programOf, withOptions } from '../remote/ssh-options.ts';
import { bulkCommand, bulkInput, withShellOptions } from './bulk-transfer.ts';
import type { HandoffConfiguration } from './configuration.ts';
import { remoteCommand } from './endpoint-commands.ts';
import { EndpointError, endpointError } from './failures.ts';
import * as scripts from './remote-scripts.ts';
import { destinationsOf, directoriesFor } from './transfer-directories.ts';

export interface EndpointOptions {
  configuration: HandoffConfiguration;
  commands: CommandRunner;
  /** The shared connection, where there is one. */
  connection: SshConnection | undefined;
  /** Names this manager's directory in the staging area. */
  managerId: string;
}

export interface Prepared {
  /** Programs that the endpoint has, of those that would be used. */
  programs: Set<string>;
  /** False where moves from staging to buffer are no renames. */
  sameFileSystem: boolean;
}

export type DeliveryResult = { differs: true } | { left: Set<number>; messages: string };

/** Seconds after which a command that moves no data is given up, where the settings say nothing. */
const COMMAND_LIMIT_S = 600;
const DISCARD_TOGETHER = 200;

export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #buffer: string;
  readonly #staging: string;
  /** Empty directories of others in the staging area are removed only where it is a place apart. */
  readonly #wiped: string;
  #programs = new Set<string>();
  #bulkIsMissing = false;

  constructor(options: EndpointOptions) {
    this.#options = options;
    const { buffer, staging } = options.configuration.endpoint;
    this.#buffer = remotePath(buffer);
    const area = remotePath(staging ?? buffer);
    this.#staging = `${area}/${stagingName(options.managerId)}`;
    this.#wiped = area === this.#buffer ? '' : area;
  }

  /** True where a batch goes as one rsync, whatever directories its files are in. */
  get sendsInBulk(): boolean {
    const { commands, endpoint } = this.#options.configuration;
    if (!commands.bulk || endpoint.bulk === 'template' || this.#bulkIsMissing) return false;
    return commands.bulk.shell === undefined || this.#programs.has('rsync');
  }

  /**
   * True where a file that has its full size in the staging area is complete, also if the transfer
   * was cut off: it is written from beginning to end.
   */
  get writesInOrder(): boolean {
    if (this.sendsInBulk) return true;
    const { text, arguments: all } = this.#options.configuration.commands.transfer;
    const [name] = all[0] ?? [];
    return ['scp', 'rsync', 'cp'].includes(programOf([String(name)])) && !/preallocate/.test(text);
  }

  directoryOf(batch: string): string {
    return `${this.#staging}/${batch}`;
  }

  /** Connects, makes the directories, and removes what is left of batches not in `keep`. */
  async prepare(keep: readonly string[]): Promise<Prepared> {
    const refused = await this.#options.connection?.ensure();
    if (refused) throw endpointError('connecting', refused);
    const command = scripts.prepareCommand(this.#staging, this.#buffer);
    const lines = await this.#remote('preparing the directories', command);
    // By name, so that a command of a killed run that comes late removes nothing of this one.
    const batches = valuesOf(lines, 'entry').map((name) => name.replace(/\..*$/, ''));
    await this.discard([...new Set(batches)].filter((batch) => !keep.includes(batch)));
    this.#programs = new Set(valuesOf(lines, 'program'));
    const [own, buffer] = (valuesOf(lines, 'devices')[0] ?? '').split(' ');
    return { programs: this.#programs, sameFileSystem: own === buffer };
  }

  /** What must be there before the transfer; nothing where rsync makes its directories itself. */
  async makeDirectories(batch: string, paths: readonly string[]): Promise<void> {
    if (this.sendsInBulk) return;
    const directories = directoriesFor(this.#options.configuration.commands.transfer, paths);
    const command = scripts.makeDirectoriesCommand(this.directoryOf(batch), directories);
    await this.#remote('making directories', command);
  }

  /** Sends files into the directory of their batch; an error does not mean that none arrived. */
  async send(batch: string, paths: readonly string[]): Promise<void> {
    await this.#options.connection?.ensure();
    if (this.sendsInBulk) return this.#sendInBulk(batch, paths);
    const failures: EndpointError[] = [];
    const { transfer } = this.#options.configuration.commands;
    const destination = destinationsOf(transfer, this.directoryOf(batch), paths);
    for (const group of this.#groups(paths)) {
      const result = await this.#transfer(group, destination(group[0] ?? ''));
      if (succeeded(result)) continue;
      failures.push(endpointError('transfer', result));
      if (failures.at(-1)?.unreachable) break;
    }
    if (failures[0]) throw failures[0];
  }

  /** Verifies and moves; `directory` as `directoryOf` or `fence` gave it. Sorted by directory. */
  async deliver(
    batch: string,
    directory: string,
    files: readonly scripts.DeliveryFile[],
  ): Promise<DeliveryResult> {
    const { verify } = this.#options.configuration.endpoint;
    const mark = `${this.directoryOf(batch)}.ok`;
    const command = scripts.deliverCommand({
      directory,
      mark,
      buffer: this.#buffer,
      verify,
      files,
    });
    const result = await this.#run(command);
    const { done, lines } = scripts.answerOf(result.stdout);
    if (lines.includes('differs')) return { differs: true };
    if (!done) throw endpointError('moving files into the buffer', result);
    const left = valuesOf(lines, 'left').map((index) => files[Number(index)]?.number ?? -1);
    return { left: new Set(left), messages: result.stderr.trim() };
  }

  /**
   * Sizes or checksums, `-` for a missing file. Throws where there is no such directory: whatever
   * took it away, that says nothing of the files.
   */
  async inspect(
    directory: string | 'buffer',
    what: 'size' | 'checksum',
    paths: readonly string[],
  ): Promise<string[]> {
    const root = directory === 'buffer' ? this.#buffer : directory;
    const lines = await this.#remote(
      'looking at files',
      scripts.inspectCommand(root, what, paths),
    );
    const values = valuesOf(lines, 'value');
    if (values.length === paths.length) return values;
    const reason = lines.includes('absent') ? `${root} is not there` : 'an incomplete answer';
    throw new EndpointError(`looking at files failed: ${reason}`, {
      passing: true,
      unreachable: true,
    });
  }

  /**
   * Takes the directory of a batch away from whatever may still run there. Gives its new path
   * (undefined where there is none), and the files that were complete before any was moved.
   */
  async fence(
    batch: string,
    run: string,
  ): Promise<{ directory: string | undefined; marked: Set<number> }> {
    const base = this.directoryOf(batch);
    const fenced = `${base}.r${run}`;
    const lines = await this.#remote(
      'taking over a batch',
      scripts.fenceCommand(base, fenced, `${base}.ok`),
    );
    const marks = valuesOf(lines, 'mark').filter((mark) => mark.endsWith('.'));
    const numbers = marks.flatMap((mark) => mark.split(' ').slice(0, -1).map(Number));
    return {
      directory: lines.includes('there') ? fenced : undefined,
      marked: new Set(numbers),
    };
  }

  /** Removes what is left of batches. */
  async discard(batches: readonly string[]): Promise<void> {
    for (let from = 0; from < batches.length; from += DISCARD_TOGETHER) {
      const some = batches.slice(from, from + DISCARD_TOGETHER);
      const paths = some.map((batch) => this.directoryOf(batch));
      await this.#remote('tidying up', scripts.discardCommand(paths));
    }
  }

  /** Removes empty directories of the staging area. */
  async wipe(): Promise<void> {
    if (this.#wiped) await this.#remote('wiping', scripts.wipeCommand(this.#wiped, ''));
  }

  /**
   * Removes all of this manager's but the batches to `keep`, and its directory; false where
   * something is left (a transfer of a killed run may still write there).
   */
  async wipeAll(keep: readonly string[]): Promise<boolean> {
    await this.prepare(keep);
    const lines = await this.#remote('wiping', scripts.wipeCommand(this.#wiped, this.#staging));
    return !lines.includes('kept');
  }

  get hasChecksums(): boolean {
    return this.#programs.has('b2sum');
  }

  /** Files that one command of the template carries. */
  #groups(paths: readonly string[]): string[][] {
    if (!this.#options.configuration.commands.takesMany) return paths.map((path) => [path]);
    return [...Map.groupBy(paths, directoryOf).values()];
  }

  async #sendInBulk(batch: string, paths: readonly string[]): Promise<void> {
    const { configuration, connection, commands } = this.#options;
    const { rate_limit, num_threads, timeout } = configuration.general;
    const transfer = configuration.commands.bulk;
    if (!transfer) return;
    const shellOptions = transfer.shell
      ? [...(connection?.options ?? []), ...defaultOptions(transfer.shell)]
      : [];
    const limit = rate_limit === null ? undefined : Math.ceil((rate_limit * 1024) / num_threads);
    const argv = bulkCommand({
      transfer,
      shellOptions,
      buffer: configuration.handoff.buffer,
      destination: this.directoryOf(batch),
      rateLimit_kib: limit,
    });
    const timeout_ms = timeout === null ? undefined : timeout * 1000;
    const result = await commands.run({ argv, input: bulkInput(paths), timeout_ms });
    if (succeeded(result)) return;
    // Without an rsync here the template's own command does it, more slowly.
    if (result.notStarted && !transfer.isTemplate) this.#bulkIsMissing = true;
    throw endpointError('transfer', result);
  }

  #transfer(group: readonly string[], dest: string): Promise<CommandResult> {
    const { configuration, commands } = this.#options;
    const { transfer, source } = configuration.commands;
    const files = group.map((path) => `${configuration.handoff.buffer}/${path}`);
    const argv = this.#withSsh(fillTemplate(transfer, { [source]: files, dest }));
    const { timeout } = configuration.general;
    return commands.run({ argv, timeout_ms: timeout === null ? undefined : timeout * 1000 });
  }

  /** The lines of the answer; an incomplete one is an error. */
  async #remote(what: string, command: string): Promise<string[]> {
    const result = await this.#run(command);
    const { done, lines } = scripts.answerOf(result.stdout);
    if (!done || result.timedOut) throw endpointError(what, result);
    return lines;
  }

  #run(command: string): Promise<CommandResult> {
    const { configuration, commands } = this.#options;
    const argv = this.#withSsh(remoteCommand(configuration.commands.remote, command));
    const limit_s = configuration.general.timeout ?? COMMAND_LIMIT_S;
    return commands.run({ argv, timeout_ms: limit_s * 1000 });
  }

  #withSsh(argv: string[]): string[] {
    const sharing = this.#options.connection?.options ?? [];
    const options = [...sharing, ...defaultOptions(argv)];
    if (['ssh', 'scp'].includes(programOf(argv))) return withOptions(argv, options);
    const isShared = programOf(argv) === 'rsync' && sharing.length > 0;
    return isShared ? withShellOptions(argv, options) : argv;
  }
}

/** `hdfmgr:name value` lines → the values. */
function valuesOf(lines: readonly string[], name: string): string[] {
  return lines
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => line.slice(name.length + 1));
}

/** No slash at the end; `~/` is where a remote command starts; no option by mistake. */
function remotePath(path: string): string {
  const plain = path.replace(/^~\//, './').replace(/(.)\/+$/, '$1');
  return plain.startsWith('-') ? `./${plain}` : plain;
}
