// The dashboard's server: watches the databases of its site and shows what happens there to any
// number of pages. It writes nothing, anywhere.

import { createServer } from 'node:http';
import { databaseNames } from '../../mockup/core/databases.ts';
import { AppError } from '../../mockup/core/errors.ts';
import type { Executive } from '../../mockup/core/executives.ts';
import { documentId } from '../../mockup/core/identifiers.ts';
import { ousStates } from '../../mockup/core/ous/life-cycle.ts';
import type { Clock } from '../../mockup/platform/clock/clock.ts';
import type { Database, DatabaseServer, Document } from '../../mockup/platform/couch/database.ts';
import { createNanoServer } from '../../mockup/platform/couch/nano/nano-server.ts';
import { closeServer, listen } from '../../mockup/platform/http/listen.ts';
import type { Logger } from '../../mockup/platform/log/logger.ts';
import { Releases } from '../../mockup/platform/process/releases.ts';
import type { Random } from '../../mockup/platform/random/random.ts';
import type { DeliveredPage, LogLines } from '../protocol/json-api.ts';
import type { Config, OusSummary } from '../protocol/summaries.ts';
import type { ControlOptions } from './control/control.ts';
import { controlRoutes } from './control/control-routes.ts';
import { showLine } from './control/line-model.ts';
import { configOf, hostsOf, withoutCredentials } from './dashboard-config.ts';
import { readOusDetail } from './detail/ous-detail.ts';
import { readOusMessages } from './detail/ous-messages.ts';
import { endOfLog, linesAbout } from './detail/process-logs.ts';
import { readVisitDetail } from './detail/visit-detail.ts';
import { FileDatabases } from './files/file-databases.ts';
import { notFound } from './http/api-error.ts';
import { type AppSources, createApp } from './http/app.ts';
import { tableQuery } from './http/parameters.ts';
import { SharedAnswers } from './http/shared-answers.ts';
import { LiveHub } from './live/live-hub.ts';
import { metricText } from './metrics/metric-text.ts';
import { metricFamilies } from './metrics/metrics.ts';
import { areWell } from './model/feed-health.ts';
import { LiveModel } from './model/live-model.ts';
import { SiteWatch } from './site-watch.ts';
import { summariseOus } from './summaries/ous-summary.ts';
import { queryTable } from './tables/table-query.ts';
import { Gate } from './watch/gate.ts';
import { readDelivered } from './watch/ous-sink.ts';
import { ReplicationPoll, type WatchedServer } from './watch/replication-poll.ts';

export interface DashboardPorts {
  clock: Clock;
  random: Random;
  log: Logger;
}

export interface DashboardOptions {
  /** Of the site's database server; may carry user and password. */
  couchdbUrl: string;
  site: Executive | undefined;
  /** All sites of the line, JAO first. */
  sites: readonly Executive[];
  host: string;
  /** 0: any free port. */
  port: number;
  /** Names by which pages may call this server, besides localhost and addresses. */
  hostNames: readonly string[];
  /** Where proxies show this server: `https://dash.example:8443/dash/`. */
  publicUrls?: readonly string[] | undefined;
  /** The built page. */
  webDirectory: string;
  /** Of the site that shows the cache. */
  cacheUrl: string | undefined;
  /** Servers of other sites whose replications are shown too. */
  peers: readonly WatchedServer[];
  /** Replaces some of the default limits; null: never. */
  stuckAfter_s: Readonly<Record<string, number | null>>;
  /** Bytes in use by this process. */
  memory_bytes(): number;
  /** Of the logs of a line on this machine. */
  logsDirectory?: string | undefined;
  /** By which pages act on the line; without it nothing can be changed. */
  control?: ControlOptions | undefined;
}

export interface Dashboard {
  url: string;
  stop(): Promise<void>;
}

const DATABASE_READERS = 8;
const DELIVERED_PAGE = 100;
/** For what is asked for: a database that is there and says nothing keeps nobody waiting. */
const READ_LIMIT_MS = 20_000;

/** Throws AppError `port_in_use`. A database that does not answer is waited for. */
export async function startDashboard(
  ports: DashboardPorts,
  options: DashboardOptions,
): Promise<Dashboard> {
  const running = new RunningDashboard(ports, options);
  try {
    return await running.start();
  } catch (error) {
    await running.stop();
    throw error;
  }
}

class RunningDashboard {
  readonly #ports: DashboardPorts;
  readonly #options: DashboardOptions;
  readonly #config: Config;
  readonly #model = new LiveModel();
  readonly #releases = new Releases();
  readonly #stopping = new AbortController();
  readonly #server: DatabaseServer;
  readonly #watch: SiteWatch;
  readonly #poll: ReplicationPoll;
  readonly #files: FileDatabases;
  readonly #hub: LiveHub;
  readonly #readers = new Gate(DATABASE_READERS);
  /** The search goes through many messages. */
  readonly #searches = new Gate(1);
  readonly #answers = new SharedAnswers();

  constructor(ports: DashboardPorts, options: DashboardOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#config = configOf(options, ports.clock.now());
    const { clock, random, log } = ports;
    const model = this.#model;
    options.control?.control.onState((state) => showLine(model, state));
    // A call that fails says so at once: whoever called shows it, and tries again.
    const { signal } = this.#stopping;
    this.#server = createNanoServer(options.couchdbUrl, {
      ...{ clock, random, log, signal },
      giveUpAfter_ms: 0,
    });
    const watchPorts = { clock, log, model, server: this.#server, turns: new Gate(1) };
    this.#watch = new SiteWatch(watchPorts);
    this.#releases.add(() => this.#watch.stop());
    const own: WatchedServer = { site: options.site ?? null, url: options.couchdbUrl };
    const isWanted = () => this.#hub.clients > 0;
    this.#poll = new ReplicationPoll(model, clock, [own, ...options.peers], isWanted);
    this.#releases.add(() => this.#poll.stop());
    this.#files = new FileDatabases(watchPorts, isWanted);
    this.#releases.add(() => this.#files.stop());
    this.#hub = new LiveHub({
      ...{ model, clock, config: this.#config, epoch: random.hex(16) },
      hosts: hostsOf(options),
      onClients: () => void this.#refresh(),
    });
    this.#releases.add(() => this.#hub.stop());
  }

  async start(): Promise<Dashboard> {
    const http = createServer(createApp(this.#sources()));
    this.#hub.attach(http);
    const url = await listen(http, this.#options);
    this.#releases.add(async () => {
      // The server would wait for its websockets for ever.
      await this.#hub.stop();
      await closeServer(http);
    });
    return { url, stop: () => this.stop() };
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the dashboard stops'));
    await this.#releases.release();
  }

  /** What no feed tells is looked at while somebody looks. */
  async #refresh(): Promise<void> {
    await Promise.all([this.#poll.refresh(), this.#files.refresh()]);
  }

  #sources(): AppSources {
    const { webDirectory, cacheUrl, control } = this.#options;
    const { clock } = this.#ports;
    // Acts of a page that saw an earlier start are refused.
    const [model, epoch] = [this.#model, String(this.#config.started_ms)];
    return {
      hosts: hostsOf(this.#options),
      isPublic: (this.#options.publicUrls ?? []).length > 0,
      log: this.#ports.log,
      webDirectory,
      cacheUrl: cacheUrl === undefined ? undefined : withoutCredentials(cacheUrl),
      snapshot: () => this.#hub.snapshot().text,
      histories: () => this.#histories(),
      ous: (id) => this.#answer(this.#readers, `ous ${id}`, () => this.#ous(id)),
      ousMessages: (id) =>
        this.#answer(this.#searches, `messages ${id}`, () => this.#ousMessages(id)),
      processLog: (process) => this.#log(process),
      ousLog: (id, span) => this.#ousLog(id, span),
      visit: (id) => this.#answer(this.#readers, `visit ${id}`, () => this.#visit(id)),
      delivered: (before) =>
        this.#answer(this.#readers, `delivered ${before}`, () => this.#deliveredBefore(before)),
      table: async (name, request) => {
        const table = [...this.#watch.tables.values()].find((one) => one.name === name);
        if (!table) throw notFound('there is no such table');
        const query = tableQuery(request, table.columns);
        const key = `table ${name} ${JSON.stringify(query)}`;
        return this.#answer(this.#readers, key, () => queryTable(table, query));
      },
      metrics: () => this.#metrics(),
      health: () => this.#health(),
      control: control && controlRoutes({ ...control, model, clock, epoch }),
    };
  }

  async #answer<T>(turns: Gate, key: string, read: () => Promise<T>): Promise<T> {
    const { clock } = this.#ports;
    const over = new AbortController();
    const late = clock.sleep(READ_LIMIT_MS, over.signal).then((): never => {
      throw new AppError('database_silent', 'the database does not answer', { retriable: true });
    });
    try {
      return await Promise.race([this.#answers.ask(key, () => turns.run(read)), late]);
    } finally {
      over.abort();
    }
  }

  /** One that is not shown is looked for in the history; no id reaches a path. */
  async #find(id: string): Promise<OusSummary> {
    const ouss = this.#model.all('ous');
    const known = ouss.get(id) ?? ouss.get(documentId(id));
    if (known) return known;
    const found = await this.#entities.getMany<Document>([documentId(id)]);
    const [ous] = found.flatMap((one) => ('doc' in one ? (summariseOus(one.doc) ?? []) : []));
    if (ous) return ous.summary;
    throw notFound('there is no such OUS');
  }

  /** A page of the history: OUSs delivered before a time, the latest first. */
  async #deliveredBefore(before: string): Promise<DeliveredPage> {
    const docs = await readDelivered(this.#entities, before, DELIVERED_PAGE);
    const ouss = docs.flatMap((doc) => summariseOus(doc)?.summary ?? []);
    const last = docs.length === DELIVERED_PAGE ? docs.at(-1)?.timestamp : undefined;
    return { ouss, before: typeof last === 'string' ? last : null };
  }

  get #entities(): Database {
    return this.#server.open(databaseNames.statusEntities);
  }

  async #ous(id: string): Promise<object> {
    const detail = await readOusDetail(this.#server, await this.#find(id));
    if (detail) return detail;
    throw notFound('there is no such OUS any more');
  }

  async #ousMessages(id: string): Promise<object> {
    const messages = this.#server.open(databaseNames.messages);
    return readOusMessages(messages, (await this.#find(id)).uid);
  }

  /** One that is shown; no other id reaches the database. */
  async #visit(id: string): Promise<object> {
    const detail = this.#model.get('visit', id) && (await readVisitDetail(this.#server, id));
    if (detail) return detail;
    throw notFound('there is no such visit, or it is not shown any more');
  }

  async #log(process: string): Promise<LogLines> {
    const { logsDirectory } = this.#options;
    const lines = logsDirectory && (await endOfLog(logsDirectory, process));
    if (lines) return { lines };
    throw notFound('there is no such log');
  }

  async #ousLog(id: string, span: { from_ms: number; to_ms: number }): Promise<LogLines> {
    const { logsDirectory } = this.#options;
    if (logsDirectory === undefined) throw notFound('the logs are not here');
    const { uid } = await this.#find(id);
    return { lines: await this.#searches.run(() => linesAbout(logsDirectory, uid, span)) };
  }

  #histories(): string {
    const ouss = [...this.#watch.tracks].map(([id, steps]) => ({ id, steps }));
    return JSON.stringify({ serverTime_ms: this.#ports.clock.now(), states: ousStates, ouss });
  }

  async #metrics(): Promise<string> {
    await this.#refresh();
    const families = metricFamilies({
      model: this.#model,
      olderDelivered: this.#watch.olderDelivered,
      config: this.#config,
      clients: this.#hub.clients,
      now_ms: this.#ports.clock.now(),
      memory_bytes: this.#options.memory_bytes(),
    });
    return metricText(families, [this.#watch.times.histogram]);
  }

  #health(): { isWell: boolean; body: object } {
    // Databases of files come and go; the next answer knows.
    void this.#files.refresh();
    const feeds = [...this.#model.all('feed').values()];
    const isWell = areWell(feeds);
    const status = isWell ? 'ok' : 'degraded';
    return { isWell, body: { status, feeds, clients: this.#hub.clients } };
  }
}
