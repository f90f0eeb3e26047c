// The endpoint site as the manager sees it: directories that are prepared, files that are sent
// into a directory of their batch within the staging area, verified there and moved into the
// buffer. Every failure is an EndpointError.

import { stagingName } from '../../../core/dbb/staging-name.ts';
import type { CommandResult, CommandRunner } from '../../remote/command-runner.ts';
import type { SshConnection } from '../../remote/ssh-connection.ts';
import { programOf } from '../../remote/ssh-options.ts';
import type { HandoffConfiguration } from '../configuration.ts';
import { keepsPartials } from './bulk-transfer.ts';
import { incomplete, remotePath, valuesOf } from './endpoint-answers.ts';
import { remoteCommand } from './endpoint-commands.ts';
import { type EndpointError, endpointError } from './failures.ts';
import * as scripts from './remote-scripts.ts';
import { Sending, withSsh } from './sending.ts';
import { directoriesFor } from './transfer-directories.ts';

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

/** `left`: numbers of the files that the endpoint `refused` to move. */
export type DeliveryResult =
  | { differs: true }
  | { left: Set<number>; refused: EndpointError | undefined };

export interface Fenced {
  directory: string | undefined;
  marked: Set<number>;
  /** In the directory; nothing where there is none. */
  sizes: string[];
  /** In the buffer. */
  delivered: string[];
}

/** A part of a file that an earlier batch left in its directory. */
export interface Partial {
  batch: string;
  path: string;
}

/** Seconds after which a command that moves no data is given up, where the settings say nothing. */
const COMMAND_LIMIT_S = 600;
const DISCARD_TOGETHER = 200;
const PARTIALS_TOGETHER = 20;

export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #buffer: string;
  readonly #staging: string;
  /** Empty directories of others in the staging area are removed only where it is a place apart. */
  readonly #wiped: string;
  #programs = new Set<string>();
  #bulkIsMissing = false;
  readonly #sending: Sending;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#sending = new Sending(options);
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

  /** True where what a transfer had sent of a file when it was cut off can be gone on with. */
  get keepsPartials(): boolean {
    const { bulk } = this.#options.configuration.commands;
    return this.sendsInBulk && bulk !== undefined && keepsPartials(bulk);
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

  /** Brings parts of files into the directory of the batch that is to complete them. */
  async takePartials(batch: string, partials: readonly Partial[]): Promise<void> {
    for (let from = 0; from < partials.length; from += PARTIALS_TOGETHER) {
      const some = partials
        .slice(from, from + PARTIALS_TOGETHER)
        .map((one) => ({ directory: this.directoryOf(one.batch), path: one.path }));
      const command = scripts.takePartialsCommand(this.directoryOf(batch), some);
      await this.#remote('going on with what had arrived', command);
    }
  }

  /** Sends files into the directory of their batch; an error does not mean that none arrived. */
  async send(
    batch: string,
    paths: readonly string[],
    { resume }: { resume: boolean },
  ): Promise<void> {
    await this.#options.connection?.ensure();
    if (this.sendsInBulk) {
      const { missing, failure } = await this.#sending.inBulk(
        this.directoryOf(batch),
        paths,
        resume,
      );
      this.#bulkIsMissing ||= missing;
      if (failure) throw failure;
      return;
    }
    const failure = await this.#sending.byTemplate(this.directoryOf(batch), paths);
    if (failure) throw failure;
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
    const what = 'moving into the buffer of the endpoint';
    return {
      left: new Set(left),
      refused: left.length > 0 ? endpointError(what, result) : undefined,
    };
  }

  /**
   * Sizes or checksums, `-` for a missing file. Throws where there is no such directory: whatever
   * took it away, that says nothing of the files.
   */
  async inspect(
    directory: string | 'buffer' | 'storage',
    what: 'size' | 'checksum',
    paths: readonly string[],
  ): Promise<string[]> {
    // A sum over no file would be one over the standard input.
    if (paths.length === 0) return [];
    const root = this.#placeOf(directory);
    const lines = await this.#remote(
      'looking at files',
      scripts.inspectCommand(root, what, paths),
    );
    const values = valuesOf(lines, 'value');
    if (values.length === paths.length) return values;
    const reason = lines.includes('absent') ? `${root} is not there` : 'an incomplete answer';
    throw incomplete(`looking at files failed: ${reason}`);
  }

  /** Where the manager of the endpoint keeps files, as far as that is known. */
  get storage(): string | undefined {
    const { storage } = this.#options.configuration.endpoint;
    return storage ? remotePath(storage) : undefined;
  }

  #placeOf(directory: string): string {
    if (directory === 'buffer') return this.#buffer;
    return directory === 'storage' ? (this.storage ?? this.#buffer) : directory;
  }

  /**
   * Takes the directory of a batch away from whatever may still run there. Returns its new path
   * (undefined where there is none), the files that were complete before any was moved, and the
   * sizes of files in it and in the buffer, as `inspect` gives them.
   */
  async fence(batch: string, run: string, paths: readonly string[]): Promise<Fenced> {
    const base = this.directoryOf(batch);
    const fenced = `${base}.r${run}`;
    const lines = await this.#remote(
      'taking over a batch',
      scripts.fenceCommand({
        directory: base,
        fenced,
        mark: `${base}.ok`,
        buffer: this.#buffer,
        paths,
      }),
    );
    const marks = valuesOf(lines, 'mark').filter((mark) => mark.endsWith('.'));
    const numbers = marks.flatMap((mark) => mark.split(' ').slice(0, -1).map(Number));
    const sizes = valuesOf(lines, 'value');
    const isThere = lines.includes('there');
    const delivered = sizes.splice(isThere ? paths.length : 0);
    if (delivered.length !== paths.length) {
      throw incomplete('an incomplete answer about a batch');
    }
    const marked = new Set(numbers);
    return { directory: isThere ? fenced : undefined, marked, sizes, delivered };
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

  /** The lines of the answer; an incomplete one is an error. */
  async #remote(what: string, command: string): Promise<string[]> {
    const result = await this.#run(command);
    const { done, lines } = scripts.answerOf(result.stdout);
    if (!done || result.timedOut) throw endpointError(what, result);
    return lines;
  }

  #run(command: string): Promise<CommandResult> {
    const { configuration, commands } = this.#options;
    const argv = withSsh(this.#options, remoteCommand(configuration.commands.remote, command));
    const limit_s = configuration.general.timeout ?? COMMAND_LIMIT_S;
    return commands.run({ argv, timeout_ms: limit_s * 1000 });
  }
}
