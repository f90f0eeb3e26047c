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
import type { EnvironmentVariables } from '../environment.ts';
import type { OperatorContext } from './operator-ports.ts';

export interface DashboardRun {
  settings: Omit<DashboardOptions, 'cacheUrl' | 'control'>;
  cacheUrl: string | undefined;
  /** The cache's directory, which is shown by this process where no URL is given. */
  localCache: string | undefined;
  level: LogLevel;
  /** Credentials, where pages may act on the line. */
  control: { secret: string; token: string } | undefined;
  env: EnvironmentVariables;
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
  return runUntilStopped(async (stopping) => {
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
      const { env } = run;
      const control = run.control && {
        ...run.control,
        control: await openControl({ env, log, releases, stopping }, localCache),
      };
      const dashboard = await startDashboard(ports, { ...settings, cacheUrl, control });
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

/** What acts on OUSs is loaded by those who need it. */
async function openControl(context: OperatorContext, localCache: string | undefined) {
  const { createControl } = await import('./create-control.ts');
  return createControl(context, localCache);
}
