// Loads the plugin of a configuration in a process of its own, as the ingester would, and gives its
// version.

import type { IngesterConfiguration } from '../../dbb/endpoint/ingester/ingester-settings.ts';
import { PluginLane } from '../../dbb/endpoint/ingester/plugin-lane.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { silentLogger } from '../../platform/log/logger.ts';
import { withRecords } from '../own-database/records.ts';
import { startPluginProcess } from './component.ts';

/** Throws AppError where the plugin can't be used. */
export function checkPlugin(
  configuration: IngesterConfiguration,
  directory: string,
): Promise<string> {
  return withRecords(configuration.database.engine, ({ url }) =>
    load(configuration, directory, url),
  );
}

async function load(
  { ingester: { plugin, timeout } }: IngesterConfiguration,
  directory: string,
  couchUrl: string,
): Promise<string> {
  const lane = new PluginLane({
    clock: createSystemClock(),
    timeout_s: timeout,
    start: { kind: 'start', plugin, directory, couchUrl },
    startProcess: () => startPluginProcess(silentLogger),
    onProcesses: async () => {},
  });
  try {
    await lane.open();
    return lane.version;
  } finally {
    await lane.stop();
  }
}
