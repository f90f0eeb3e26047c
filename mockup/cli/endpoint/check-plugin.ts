// Loads the plugin of a configuration in a process of its own, as the ingester would, and gives its
// version.

import type { IngesterConfiguration } from '../../dbb/endpoint/ingester/ingester-settings.ts';
import { PluginLane } from '../../dbb/endpoint/ingester/plugin-lane.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { silentLogger } from '../../platform/log/logger.ts';
import { startPluginProcess } from './component.ts';
import { urlOf } from './configured.ts';

/** Throws AppError where the plugin can't be used. */
export async function checkPlugin(
  configuration: IngesterConfiguration,
  directory: string,
): Promise<string> {
  const { plugin, timeout } = configuration.ingester;
  const lane = new PluginLane({
    clock: createSystemClock(),
    timeout_s: timeout,
    start: { kind: 'start', plugin, directory, couchUrl: urlOf(configuration) },
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
