// The parts of a handoff manager, put together over its ports.

import type { BatchRecord } from '../../core/dbb/batch-record.ts';
import { isFinalState } from '../../core/dbb/file-life-cycle.ts';
import type { FileRecord } from '../../core/dbb/file-record.ts';
import { mergeFileRecords } from '../../core/dbb/merge-records.ts';
import { Recorder } from '../records/recorder.ts';
import type { HandoffConfiguration } from './configuration.ts';
import { Endpoint } from './endpoint/endpoint.ts';
import type { HandoffParts, HandoffPlace, HandoffPorts } from './parts.ts';
import { WaitingFiles } from './queue/waiting-files.ts';
import { Discoveries } from './records/discoveries.ts';
import { initDatabases } from './records/init-databases.ts';
import { Statistics } from './statistics.ts';

export function assembleParts(
  ports: HandoffPorts,
  place: HandoffPlace,
  configuration: HandoffConfiguration,
): HandoffParts {
  const { clock, random, log, databases, commands, connection } = ports;
  const names = configuration.database.tablenames;
  const common = {
    clock,
    random,
    log,
    prepare: () => initDatabases(databases, names),
  };
  const parts: HandoffParts = {
    ...ports,
    ...place,
    configuration,
    endpoint: new Endpoint({ configuration, commands, connection, managerId: place.managerId }),
    waiting: new WaitingFiles({
      order: configuration.general.order,
      first: configuration.general.first ?? [],
    }),
    discoveries: new Discoveries(),
    statistics: new Statistics(clock),
    files: new Recorder<FileRecord>({
      ...common,
      database: databases.open(names.file),
      merge: mergeFileRecords,
      isOpen: ({ state }) => !isFinalState(state),
      afterWrite() {
        ports.keepHeapSmall();
        parts.discoveries.passOn(parts);
      },
    }),
    batches: new Recorder<BatchRecord>({
      ...common,
      // Of an outage the other one tells.
      log: { ...log, info: () => {}, warn: () => {} },
      database: databases.open(names.batch),
      merge: (_existing, ours) => ours,
      isOpen: () => false,
    }),
  };
  return parts;
}
