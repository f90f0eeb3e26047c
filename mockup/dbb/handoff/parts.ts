// What the parts of a handoff manager share: its ports, its configuration, and where things are.

import type { BatchRecord } from '../../core/dbb/batch-record.ts';
import type { FileRecord } from '../../core/dbb/file-record.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { DatabaseServer } from '../../platform/couch/database.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Random } from '../../platform/random/random.ts';
import type { WatchTree } from '../files/watch-tree.ts';
import type { AppendLogs } from '../holding/append-logs.ts';
import type { FileWork } from '../holding/file-work.ts';
import type { Recorder } from '../records/recorder.ts';
import type { CommandRunner } from '../remote/command-runner.ts';
import type { SshConnection } from '../remote/ssh-connection.ts';
import type { HandoffConfiguration } from './configuration.ts';
import type { Endpoint } from './endpoint/endpoint.ts';
import type { WaitingFiles } from './queue/waiting-files.ts';
import type { Discoveries } from './records/discoveries.ts';
import type { Statistics } from './statistics.ts';

export interface HandoffPorts {
  clock: Clock;
  random: Random;
  log: Logger;
  databases: DatabaseServer;
  commands: CommandRunner;
  work: FileWork;
  watchTree: WatchTree;
  /** Journals of batches, in the state directory. */
  journals: AppendLogs;
  /** The shared ssh connection; undefined where the templates use none, or it is turned off. */
  connection: SshConnection | undefined;
  /** Called after work that makes much garbage. */
  keepHeapSmall(): void;
}

export interface HandoffPlace {
  /** Of this host and buffer, in records: `host:/data/buffer`. */
  manager: string;
  /** Names this manager's directory in the staging area; stays until all of it is tidied up. */
  managerId: string;
  /** Absolute, without links. */
  buffer: string;
  holding: string;
  /** For files on their way to the holding area; on the file system of the buffer. */
  taken: string;
  /** Path of the state directory relative to the buffer, where it is inside. */
  ownDirectory: string;
}

export interface HandoffParts extends HandoffPorts, HandoffPlace {
  configuration: HandoffConfiguration;
  endpoint: Endpoint;
  waiting: WaitingFiles;
  discoveries: Discoveries;
  files: Recorder<FileRecord>;
  batches: Recorder<BatchRecord>;
  statistics: Statistics;
}
