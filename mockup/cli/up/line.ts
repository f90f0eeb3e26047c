// Starts the servers of a line, prepares them, and starts the actors of all sites.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { Executive } from '../../core/executives.ts';
import { applyReplications } from '../../replication/apply.ts';
import { initDatabases } from '../../replication/init-databases.ts';
import { planReplications } from '../../replication/plan.ts';
import type { EnvironmentVariables } from '../environment.ts';
import { ownCommand } from '../own-command.ts';
import { connectTo } from '../site/connection.ts';
import type { LineControl } from './control/line-control.ts';
import { asPortInUse, requireFreePorts, type WantedPort } from './free-ports.ts';
import {
  cachePortOf,
  type LineSite,
  type PlannedProcess,
  planActors,
  planDashboards,
  siteDirectory,
} from './line-plan.ts';
import { forgetOtherSites } from './sites-left.ts';
import type { ProcessSpec, SupervisedProcess } from './supervised-process.ts';
import type { ProcessGroup, Supervisor } from './supervisor.ts';
import type { UpOptions } from './up-options.ts';

/** Twice as long as messages are kept: a site that was away for a week has seen their ends. */
const PURGE_AFTER_DAYS = '14';

const START_LIMIT_MS = 60_000;
const PREPARE_LIMIT_MS = 10_000;

export interface LineContext {
  options: UpOptions;
  dataDirectory: string;
  logs: string;
  env: EnvironmentVariables;
  supervisor: Supervisor;
  /** Tells the person what happens. */
  say(text: string): void;
  /** Told of the servers before there are replications between them. */
  onServers(sites: readonly LineSite[]): void;
  control: LineControl | undefined;
  stopping: AbortSignal;
}

/** Resolves when all actors run. Throws AppError that says which process could not start. */
export async function startLine(context: LineContext): Promise<LineSite[]> {
  const wanted = wantedPorts(context.options);
  await requireFreePorts(wanted);
  try {
    return await startProcesses(context);
  } catch (error) {
    throw asPortInUse(error, wanted);
  }
}

async function startProcesses(context: LineContext): Promise<LineSite[]> {
  const sites = await startServers(context);
  context.stopping.throwIfAborted();
  await context.control?.open(sites);
  await prepareServers(context, sites);
  context.stopping.throwIfAborted();
  for (const { cacheDirectory, runsDirectory } of sites) {
    mkdirSync(join(cacheDirectory, 'weblogs'), { recursive: true });
    mkdirSync(runsDirectory, { recursive: true });
  }
  const actors = planActors(context.options, sites);
  context.say(`starting ${actors.length} actors…`);
  const started = actors.map((one) => startProcess(context, 'actors', one));
  const [shown, messages] = await Promise.all([
    startDashboards(context, sites),
    Promise.all(started.map((one) => (one.spec.held ? undefined : firstMessage(context, one)))),
  ]);
  const caches = new Map(
    actors.flatMap(({ site, command }, index) =>
      command === 'replicated-cache' ? [[site, portOfUrl(messages[index])]] : [],
    ),
  );
  return shown.map((site) => ({ ...site, cachePort: caches.get(site.executive) ?? 0 }));
}

/** 0 where the message tells no address. */
function portOfUrl(message: unknown): number {
  const { url } = (message ?? {}) as { url?: unknown };
  return typeof url === 'string' && URL.canParse(url) ? Number(new URL(url).port) : 0;
}

/** Returns the sites with the addresses of their dashboards. */
async function startDashboards(context: LineContext, sites: LineSite[]): Promise<LineSite[]> {
  const started = planDashboards(context.options, sites).map((one) =>
    startProcess(context, 'actors', { ...one, env: { ...one.env, DRAWS_LOGS: context.logs } }),
  );
  const messages = await Promise.all(started.map((one) => firstMessage(context, one)));
  return sites.map((site, index) => {
    const { url } = (messages[index] ?? {}) as { url?: unknown };
    return url === undefined ? site : { ...site, dashboardUrl: String(url) };
  });
}

/** One embedded server per site that has no other one. */
async function startServers(context: LineContext): Promise<LineSite[]> {
  const { options, dataDirectory } = context;
  const urls = new Map<Executive, string>();
  await Promise.all(
    serverSites(options).map(async (site, index) => {
      const given = options.couchdbUrls[site];
      if (given) return void urls.set(site, given);
      const directory = join(siteDirectory(dataDirectory, site), 'couchdb');
      urls.set(site, await startServer(context, site, portOf(options, index), directory));
    }),
  );
  return options.sites.map((executive) => ({
    executive,
    couchdbUrl: urls.get(options.singleDatabase ? 'JAO' : executive) ?? '',
    cacheDirectory: join(siteDirectory(dataDirectory, executive), 'cache'),
    runsDirectory: join(siteDirectory(dataDirectory, executive), 'runs'),
    cachePort: cachePortOf(options, executive),
  }));
}

function serverSites({ sites, singleDatabase }: UpOptions): Executive[] {
  return singleDatabase ? ['JAO'] : sites;
}

function portOf({ couchdbPort }: UpOptions, index: number): number {
  return couchdbPort === 0 ? 0 : couchdbPort + index;
}

async function startServer(
  context: LineContext,
  site: Executive,
  port: number,
  directory: string,
): Promise<string> {
  const { admin } = context.options;
  const env = admin ? { COUCHDB_ADMIN: admin } : {};
  const args = ['--port', String(port), '--data', directory, '--purge-after', PURGE_AFTER_DAYS];
  const name = `${site}-couchdb`;
  const server = startProcess(context, 'servers', { name, site, command: 'couchdb', args, env });
  const message = (await firstMessage(context, server)) as { url?: unknown };
  const url = new URL(String(message?.url));
  // A free port that was found once is kept when the server has to be started again.
  server.spec.args = server.spec.args.map((arg) => (arg === String(port) ? url.port : arg));
  if (admin) {
    const at = admin.indexOf(':');
    url.username = encodeURIComponent(admin.slice(0, at));
    url.password = encodeURIComponent(admin.slice(at + 1));
  }
  return url.href.replace(/\/$/, '');
}

async function prepareServers(context: LineContext, sites: LineSite[]): Promise<void> {
  const { options, say } = context;
  say('preparing databases and replications…');
  const servers = new Map(
    sites.map(({ couchdbUrl }) => [couchdbUrl, connectTo(couchdbUrl, PREPARE_LIMIT_MS)]),
  );
  for (const [url, server] of servers) {
    await server.check().catch((error) => {
      throw ofGivenServer(
        error,
        sites.find(({ couchdbUrl }) => couchdbUrl === url),
        options,
      );
    });
  }
  await Promise.all([...servers.values()].map((server) => initDatabases(server)));
  if (options.singleDatabase) return;
  await forgetOtherSites(options, sites);
  const [jao, ...arcs] = sites.map(({ executive, couchdbUrl: url }) => ({ executive, url }));
  if (!jao || arcs.length === 0) return;
  context.onServers(sites);
  const direct = planReplications(jao, arcs);
  const plan = direct.map((one) => context.control?.through(one) ?? one);
  await applyReplications(plan, ({ url }) => servers.get(url) ?? connectTo(url));
}

/** An error of a server that `--couchdb` named says so. */
function ofGivenServer(error: unknown, site: LineSite | undefined, options: UpOptions): unknown {
  if (!site || !options.couchdbUrls[site.executive] || !(error instanceof AppError)) return error;
  const { code, message, hint = 'is it right?' } = error;
  return new AppError(code, `--couchdb ${site.executive}: ${message}`, { hint, cause: error });
}

function startProcess(
  { env, logs, supervisor, control }: LineContext,
  group: ProcessGroup,
  planned: PlannedProcess,
): SupervisedProcess {
  const { name, command, args, env: added, held } = planned;
  const own = ownCommand(command);
  const spec: ProcessSpec = {
    name,
    file: own.file,
    args: [...own.args, ...args],
    env: { ...env, ...added },
    logFile: join(logs, `${name}.log`),
    ...(held && { held }),
  };
  control?.extend(spec, planned);
  return supervisor.start(group, spec);
}

async function firstMessage(
  { stopping, logs }: LineContext,
  process: SupervisedProcess,
): Promise<unknown> {
  const { name } = process.spec;
  const hint = `see ${join(logs, `${name}.log`)}`;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      process.firstMessage(),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${name} does not get ready`)), START_LIMIT_MS);
        stopping.addEventListener('abort', () => reject(stopping.reason), { once: true });
      }),
    ]);
  } catch (error) {
    if (stopping.aborted) throw error;
    throw new AppError('start_failed', (error as Error).message, { hint, cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function wantedPorts(options: UpOptions): WantedPort[] {
  const servers = serverSites(options).flatMap((site, index): WantedPort[] => {
    const port = portOf(options, index);
    const hint =
      `give --couchdb ${site}=http://localhost:${port} to use the CouchDB that may be there, ` +
      'or --couchdb-port N (0: free ports)';
    return options.couchdbUrls[site] ? [] : [{ port, what: `the CouchDB of ${site}`, hint }];
  });
  const caches = options.sites.map((site) => ({
    port: cachePortOf(options, site),
    what: `the cache of ${site}`,
    hint: 'give --cache-port N (0: free ports)',
  }));
  const { dashboardPort } = options;
  const dashboards = options.sites.flatMap((site, index): WantedPort[] => {
    if (!dashboardPort) return [];
    const hint = 'give --dashboard-port N (0: free ports), or --no-dashboard';
    return [{ port: dashboardPort + index, what: `the dashboard of ${site}`, hint }];
  });
  return [...servers, ...caches, ...dashboards];
}
