// Runs the dashboard as this process, until a signal ends it.

import { setFlagsFromString } from 'node:v8';
import { type DashboardOptions, startDashboard } from '../../../dashboard/server/dashboard.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { createDirectorySites } from '../../platform/http/directory-site.ts';
import type { LogLevel } from '../../platform/log/log-level.ts';
import { createPinoLogger } from '../../platform/log/pino-logger.ts';
import { Releases } from '../../platform/process/releases.ts';
import { createSystemRandom } from '../../platform/random/system-random.ts';
import { runUntilStopped } from '../actor/run-until-stopped.ts';

export interface DashboardRun {
  settings: Omit<DashboardOptions, 'cacheUrl'>;
  cacheUrl: string | undefined;
  /** The cache's directory, which is shown by this process where no URL is given. */
  localCache: string | undefined;
  level: LogLevel;
}

/** Returns the exit code; never returns where a signal ends it. */
export function runDashboard({ settings, localCache, ...run }: DashboardRun): Promise<number> {
  // Reading a large site makes much garbage. Where the space for new objects may not grow, it is
  // cleared away more often, and the process takes 70 MiB less for good; 25 MiB more where the space
  // for old ones grows by a quarter at a time instead of up to fourfold.
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=25');
  const log = createPinoLogger({ name: 'dashboard', level: run.level });
  const ports = { clock: createSystemClock(), random: createSystemRandom(), log };
  return runUntilStopped(async () => {
    const releases = new Releases();
    const stop = () => releases.release();
    try {
      let { cacheUrl } = run;
      if (!cacheUrl && localCache) {
        const site = await createDirectorySites().serve(localCache, {
          host: settings.host,
          port: 0,
        });
        releases.add(() => site.close());
        cacheUrl = site.url;
      }
      const dashboard = await startDashboard(ports, { ...settings, cacheUrl });
      releases.add(() => dashboard.stop());
      const { url } = dashboard;
      log.info({ url, site: settings.site }, `the dashboard is at ${url}`);
      if (process.connected) process.send?.({ url }, () => {});
      return { stop };
    } catch (error) {
      await stop();
      throw error;
    }
  });
}
