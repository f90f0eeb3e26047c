// The directories and configurations of the demonstration: two sites, each with its own tree.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Places {
  /** At the telescope. */
  buffer: string;
  holding: string;
  /** At the data facility. */
  endpointBuffer: string;
  staging: string;
  storage: string;
  copies: string;
}

export interface Configurations {
  handoff: string;
  finder: string;
  /** By name of the event database. */
  ingesters: Record<string, string>;
}

export interface Connection {
  /** For `ssh -F`; without it both sites are directories of this machine. */
  sshConfig?: string | undefined;
  sshHost: string;
}

export const databases = {
  handoffFiles: 'demo-handoff-files',
  files: 'demo-endpoint-files',
  ngas: 'demo-ngas-events',
  copies: 'demo-copy-events',
};

export function makePlaces(root: string): Places {
  const place = (...names: string[]): string => {
    const path = join(root, ...names);
    mkdirSync(path, { recursive: true });
    return path;
  };
  return {
    buffer: place('summit', 'buffer'),
    holding: place('summit', 'holding'),
    endpointBuffer: place('facility', 'buffer'),
    staging: place('facility', 'staging'),
    storage: place('facility', 'storage'),
    copies: place('facility', 'copies'),
  };
}

export function writeConfigurations(
  root: string,
  places: Places,
  couchUrl: string,
  connection: Connection,
): Configurations {
  const engine = couchUrl.replace(/^http/, 'couchdb');
  const write = (name: string, content: object): string => {
    const path = join(root, `${name}.yaml`);
    writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
    return path;
  };
  const handoff = write('handoff', {
    database: {
      engine,
      tablenames: { file: databases.handoffFiles, batch: 'demo-handoff-batches' },
    },
    handoff: { buffer: places.buffer, holding: places.holding },
    endpoint: {
      buffer: places.endpointBuffer,
      staging: places.staging,
      verify: 'checksum',
      ...commandsOf(connection),
    },
    general: { num_threads: 2, pause: 1 },
  });
  const finder = write('finder', {
    database: { engine, tablenames: { file: databases.files } },
    finder: {
      source: places.endpointBuffer,
      storage: places.storage,
      actions: { standard: 'Move', alternative: 'Delete' },
      search: { method: 'scan', settle: 0 },
    },
  });
  const ingester = (events: string, plugin: object): string =>
    write(events, {
      database: { engine, tablenames: { file: databases.files, event: events } },
      ingester: { storage: places.storage, plugin, unknown: 'retry', num_threads: 2 },
    });
  const command = `cp -- {file} ${places.copies}/{filename}`;
  return {
    handoff,
    finder,
    ingesters: {
      [databases.ngas]: ingester(databases.ngas, { name: 'NgasIngest', config: { name: 'path' } }),
      [databases.copies]: ingester(databases.copies, {
        name: 'CommandIngest',
        config: { command },
      }),
    },
  };
}

function commandsOf({ sshConfig, sshHost }: Connection): object {
  if (sshConfig === undefined) {
    return { commands: { remote: 'sh -c "{command}"', transfer: 'cp -p {file} {dest}' } };
  }
  return {
    host: sshHost,
    ssh_config: sshConfig,
    commands: {
      remote: 'ssh -F {ssh_config} {host} "{command}"',
      transfer: 'rsync -a -e "ssh -F {ssh_config}" {file} {host}:{dest}/',
    },
  };
}
