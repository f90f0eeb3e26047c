// The plugin of a configuration in a process of its own, as the ingester would run it, for commands.

import type { IngesterConfiguration } from '../../dbb/endpoint/ingester/ingester-settings.ts';
import { PluginLane } from '../../dbb/endpoint/ingester/plugin-lane.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { silentLogger } from '../../platform/log/logger.ts';
import { withRecords } from '../dbb/own-database/records.ts';
import { startPluginProcess } from './component.ts';

/** Returns its version. Throws AppError where the plugin can't be used. */
export function checkPlugin(
  configuration: IngesterConfiguration,
  directory: string,
): Promise<string> {
  return withRecords(configuration.database.engine, async ({ url }) => {
    const lane = await openLane(configuration, directory, url);
    await lane.stop();
    return lane.version;
  });
}

/** Throws AppError where the plugin can't be used. */
export async function openLane(
  { ingester: { plugin, timeout } }: IngesterConfiguration,
  directory: string,
  couchUrl: string,
): Promise<PluginLane> {
  const lane = new PluginLane({
    clock: createSystemClock(),
    timeout_s: timeout,
    start: { kind: 'start', plugin, directory, couchUrl },
    startProcess: () => startPluginProcess(silentLogger),
    onProcesses: async () => {},
  });
  try {
    await lane.open();
    return lane;
  } catch (error) {
    await lane.stop();
    throw error;
  }
}
