// A site for tests of the dashboard's server: the embedded database server in memory, a dashboard
// on a free port, and pages that are websockets.

import {
  type Dashboard,
  type DashboardOptions,
  startDashboard,
} from '../../../dashboard/server/dashboard.ts';
import { type CouchServer, startCouchServer } from '../../../mockup/couch-server/server.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { Releases } from '../../../mockup/platform/process/releases.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { initDatabases } from '../../../mockup/replication/init-databases.ts';
import { LivePage } from './live-page.ts';

export const ports = {
  clock: createSystemClock(),
  random: createSystemRandom(),
  log: silentLogger,
};

export interface SiteOptions extends Partial<DashboardOptions> {
  /** Where the databases are; without it in memory. */
  directory?: string;
  admins?: Record<string, string>;
}

const POLL_MS = 10;
const LIMIT_MS = 15_000;

export class TestSite {
  readonly couch: CouchServer;
  readonly server: DatabaseServer;
  readonly dashboard: Dashboard;
  readonly #releases: Releases;

  private constructor(
    couch: CouchServer,
    server: DatabaseServer,
    dashboard: Dashboard,
    releases: Releases,
  ) {
    this.couch = couch;
    this.server = server;
    this.dashboard = dashboard;
    this.#releases = releases;
  }

  /** `prepare` fills the databases before the dashboard starts. */
  static async start(
    options: SiteOptions = {},
    prepare: (server: DatabaseServer) => Promise<void> = async () => {},
  ): Promise<TestSite> {
    const releases = new Releases();
    const { directory, admins, ...given } = options;
    const couch = await startCouchServer({
      ...(directory && { directory }),
      ...(admins && { admins }),
    });
    releases.add(() => couch.close());
    const [user] = Object.entries(admins ?? {});
    const login = user ? `${user[0]}:${user[1]}@` : '';
    const couchdbUrl = couch.url.replace('//', `//${login}`);
    const server = connect(couchdbUrl);
    await initDatabases(server);
    await prepare(server);
    const dashboard = await startDashboard(ports, optionsFor(couchdbUrl, given));
    releases.add(() => dashboard.stop());
    const site = new TestSite(couch, server, dashboard, releases);
    await site.isWatched();
    return site;
  }

  get url(): string {
    return this.dashboard.url;
  }

  stop(): Promise<void> {
    return this.#releases.release();
  }

  add(release: () => unknown): void {
    this.#releases.add(release);
  }

  /** Resolves when all databases are read. */
  async isWatched(): Promise<void> {
    await until(async () => (await this.get('/healthz')).status === 200);
  }

  async put(database: string, doc: object & { _id: string }): Promise<string> {
    return this.server.open(database).put(doc);
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { redirect: 'manual', ...init });
  }

  async json<T>(path: string): Promise<T> {
    const response = await this.get(path);
    return (await response.json()) as T;
  }

  async metric(line: RegExp): Promise<number> {
    const text = await (await this.get('/metrics')).text();
    const found = text.split('\n').find((one) => line.test(one));
    return Number(found?.slice(found.lastIndexOf(' ') + 1));
  }

  async page(query = ''): Promise<LivePage> {
    const page = await LivePage.open(this.url, query);
    this.#releases.add(() => page.close());
    return page;
  }
}

export function connect(url: string): DatabaseServer {
  return createNanoServer(url, ports);
}

export function optionsFor(
  couchdbUrl: string,
  given: Partial<DashboardOptions> = {},
): DashboardOptions {
  return {
    couchdbUrl,
    site: 'JAO',
    sites: ['JAO', 'EU'],
    host: '127.0.0.1',
    port: 0,
    hostNames: [],
    webDirectory: '/nonexistent',
    cacheUrl: undefined,
    peers: [],
    stuckAfter_s: {},
    memory_bytes: () => process.memoryUsage.rss(),
    ...given,
  };
}

/** Asks again until it is so; fails after a limit. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`it is not so after ${LIMIT_MS} ms: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
