// A configuration as the commands of `hdfmgr` need it: read and checked, with its directories
// found, and its database server.

import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join, relative } from 'node:path';
import { type HandoffConfiguration, readConfiguration } from '../../dbb/handoff/configuration.ts';
import {
  ConfigurationError,
  type ConfigurationProblem,
} from '../../platform/config/configuration-error.ts';
import type { DatabaseServer } from '../../platform/couch/database.ts';
import { withRecords } from '../dbb/own-database/records.ts';
import { connectTo } from '../site/connection.ts';
import { UsageError } from '../usage-error.ts';

export interface Configured {
  /** The file, as it was given. */
  path: string;
  configuration: HandoffConfiguration;
  buffer: string;
  holding: string;
  /** The manager's own directory in the buffer. */
  own: string;
  /** For journals and status; `own` where the configuration names none. */
  state: string;
  /** Directory in the holding area, for what must be written when the disk of `state` is full. */
  spare: string;
  /** `own` relative to the buffer. */
  ownDirectory: string;
  /** In records: which manager. */
  manager: string;
  /** The same for the same buffer of the same host. */
  bufferId: string;
}

const OWN = '.hdfmgr';

/** Throws UsageError where the file can't be read, ConfigurationError where it is no good. */
export function readConfigured(path: string): Configured {
  const text = readText(path);
  const configuration = readConfiguration(text, basename(path));
  const { handoff } = configuration;
  const problems: ConfigurationProblem[] = [];
  const buffer = directory('handoff.buffer', handoff.buffer, problems);
  const holding = directory('handoff.holding', handoff.holding, problems);
  if (problems.length > 0) throw new ConfigurationError(problems, basename(path));
  refuseNested(path, buffer, holding);
  const manager = `${hostname()}:${buffer}`;
  const own = join(buffer, OWN);
  const bufferId = createHash('sha256').update(manager).digest('hex').slice(0, 12);
  return {
    path,
    configuration: { ...configuration, handoff: { ...handoff, buffer, holding } },
    buffer,
    holding,
    own,
    state: handoff.state ?? own,
    ownDirectory: relative(buffer, own),
    manager,
    bufferId,
    spare: join(holding, `${OWN}-${bufferId}`),
  };
}

/** Runs a command that needs the server of the records, and gives up soon where that is away. */
export function withDatabase<T>(
  { configuration }: Configured,
  work: (server: DatabaseServer, shown: string) => Promise<T>,
): Promise<T> {
  return withRecords(configuration.database.engine, ({ url, shown }) =>
    work(connectTo(url), shown),
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`can't read the configuration: ${(cause as Error).message}`, { cause });
  }
}

function directory(key: string, path: string, problems: ConfigurationProblem[]): string {
  try {
    const real = realpathSync(path);
    if (statSync(real).isDirectory()) return real;
  } catch {
    // Told below.
  }
  problems.push({ key, expected: 'an existing directory', received: JSON.stringify(path) });
  return path;
}

/** What is held must not be found again. */
function refuseNested(path: string, buffer: string, holding: string): void {
  if (!`${holding}/`.startsWith(`${buffer}/`) && !`${buffer}/`.startsWith(`${holding}/`)) return;
  const problem = {
    key: 'handoff.holding',
    expected: 'a directory apart from handoff.buffer',
    received: JSON.stringify(holding),
  };
  throw new ConfigurationError([problem], basename(path));
}
