// `draws up`: a line on this machine from its start to its end: data directory, servers, actors,
// demonstration, the table on the screen, and the report.

import { AppError, describeError } from '../../core/errors.ts';
import { formatTimestamp } from '../../core/timestamps.ts';
import { Releases } from '../../platform/process/releases.ts';
import { splitCredentials } from '../../replication/replicator-document.ts';
import { runUntilStopped } from '../actor/run-until-stopped.ts';
import type { CommandContext } from '../command.ts';
import { openBrowser } from '../dashboard/open-browser.ts';
import { type DemoOus, readOusFile } from '../demo/ous-file.ts';
import { connectTo } from '../site/connection.ts';
import { LineControl } from './control/line-control.ts';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import { startLine } from './line.ts';
import { cancelBrokenReplications } from './line-end.ts';
import { writeLineFile } from './line-file.ts';
import type { LineSite } from './line-plan.ts';
import { createLiveTable, type LiveTable } from './live-table.ts';
import { keepLogsSmall } from './log-rotation.ts';
import { type LineReport, reportedOus, writeReport } from './report.ts';
import { type CountedSite, countAll } from './settling.ts';
import { type Show, startShow } from './show.ts';
import type { ProcessEvent } from './supervised-process.ts';
import { Supervisor } from './supervisor.ts';
import type { UpOptions } from './up-options.ts';

const COUNT_LIMIT_MS = 1_000;

/** Returns the exit code; never returns where a signal ends it. */
export async function up(options: UpOptions, context: CommandContext): Promise<number> {
  const given = options.ousFile === undefined ? undefined : readOusFile(options.ousFile);
  if (options.jsonFile) writeReport(options.jsonFile, undefined);
  const data = openDataDirectory(options.dataDirectory, options.once);
  const table = createLiveTable(context.stdout);
  const run = new Run(options, context, data, table, given);
  return runUntilStopped((stopping) => run.start(stopping));
}

class Run {
  readonly #options: UpOptions;
  readonly #context: CommandContext;
  readonly #data: DataDirectory;
  readonly #table: LiveTable;
  readonly #given: readonly DemoOus[] | undefined;
  readonly #supervisor: Supervisor;
  readonly #releases = new Releases();
  readonly #started_ms = Date.now();
  /** The same with servers alone, known before the line runs. */
  #servers: readonly LineSite[] = [];
  /** Empty until the line runs. */
  #sites: LineSite[] = [];
  #show: Show | undefined;
  #outcome: LineReport['outcome'] = 'stopped';
  #reason: string | undefined;
  #keepsLogs = false;

  constructor(
    options: UpOptions,
    context: CommandContext,
    data: DataDirectory,
    table: LiveTable,
    given: readonly DemoOus[] | undefined,
  ) {
    this.#options = options;
    this.#context = context;
    this.#data = data;
    this.#table = table;
    this.#given = given;
    this.#supervisor = new Supervisor((event) => this.#onProcess(event));
  }

  async start(stopping: AbortSignal): Promise<{
    stop(): Promise<void>;
    finished?: Promise<{ exitCode: number }>;
  }> {
    stopping.addEventListener('abort', () => this.#table.close('stopping…'), { once: true });
    // Released last first: the demonstration ends before the processes, the claim at the very end.
    this.#releases.add(() => this.#data.release(this.#keepsLogs));
    this.#releases.add(() => this.#cancelReplications());
    this.#releases.add(() => this.#supervisor.stop());
    const logs = () => this.#supervisor.all().map(({ spec }) => spec.logFile);
    const stopRotating = keepLogsSmall(logs);
    this.#releases.add(async () => stopRotating());
    const stop = () => this.#stop();
    try {
      const control = this.#openControl();
      this.#sites = await startLine({
        control,
        options: this.#options,
        dataDirectory: this.#data.path,
        logs: this.#data.logs,
        env: this.#context.env,
        supervisor: this.#supervisor,
        say: (text) => this.#table.say(text),
        onServers: (sites) => {
          this.#servers = sites;
        },
        stopping,
      });
      const forgetLine = writeLineFile(this.#data.path, this.#sites);
      this.#releases.add(async () => forgetLine());
      this.#sayWhere();
      control?.start(this.#sites);
      const page = control?.address() ?? this.#sites[0]?.dashboardUrl;
      if (this.#options.open && page) this.#openPage(byName(page));
      const show = await startShow({
        options: this.#options,
        given: this.#given,
        data: this.#data,
        sites: this.#sites,
        env: this.#context.env,
        table: this.#table,
        releases: this.#releases,
        stopping,
      });
      this.#show = show;
      if (!this.#options.once) return { stop };
      return { stop, finished: show.finished.then((end) => this.#finish(end)) };
    } catch (error) {
      this.#outcome = 'failed';
      this.#reason = describeError(error);
      // The error of a process that did not start names its log; others need none.
      this.#keepsLogs = error instanceof AppError && error.code === 'start_failed';
      await stop();
      throw error;
    }
  }

  #openControl(): LineControl | undefined {
    if (!this.#options.control) return undefined;
    const control = new LineControl({
      options: this.#options,
      dataDirectory: this.#data.path,
      logs: this.#data.logs,
      supervisor: this.#supervisor,
      say: (text) => this.#table.say(text),
    });
    this.#releases.add(() => control.close());
    return control;
  }

  #openPage(url: string): void {
    const { env } = this.#context;
    const dataDirectory = this.#data.path;
    openBrowser(url, { env, dataDirectory, say: (text) => this.#table.say(text) });
  }

  #finish({ outcome, reason, text }: Awaited<Show['finished']>): { exitCode: number } {
    this.#outcome = outcome;
    this.#reason = reason;
    if (outcome === 'delivered') {
      this.#table.say(text);
      return { exitCode: 0 };
    }
    this.#keepsLogs = true;
    this.#context.warn(`draws: ${text} (logs are in ${this.#data.logs})`);
    return { exitCode: 1 };
  }

  async #stop(): Promise<void> {
    this.#table.close();
    const report = await this.#report();
    await this.#releases.release();
    if (this.#options.jsonFile) writeReport(this.#options.jsonFile, report);
  }

  async #report(): Promise<LineReport> {
    const finished_ms = Date.now();
    const restarted = this.#supervisor.all().filter(({ restarts }) => restarts > 0);
    return {
      outcome: this.#outcome,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      started: formatTimestamp(this.#started_ms),
      finished: formatTimestamp(finished_ms),
      duration_s: (finished_ms - this.#started_ms) / 1000,
      dataDirectory: this.#data.path,
      restarts: Object.fromEntries(restarted.map(({ spec, restarts }) => [spec.name, restarts])),
      ouss: (this.#show?.ouss() ?? []).map(reportedOus),
      sites: this.#options.jsonFile ? await this.#counts() : [],
    };
  }

  /** A server that is gone must not keep the line from ending. */
  async #counts(): Promise<LineReport['sites']> {
    const sites: CountedSite[] = this.#sites.map(({ executive, couchdbUrl }) => ({
      site: executive,
      server: connectTo(couchdbUrl, COUNT_LIMIT_MS),
    }));
    return countAll(sites).catch(() => []);
  }

  /** What stays on a server that stays, and pulls from one that has ended, fails for ever. */
  async #cancelReplications(): Promise<void> {
    const left = await cancelBrokenReplications(this.#options, this.#servers);
    if (left !== undefined) this.#table.say(left);
  }

  #onProcess(event: ProcessEvent): void {
    // Then the start fails, and says the same.
    if (event.kind === 'given-up' && this.#sites.length === 0) return;
    const log = `${this.#data.logs}/${event.name}.log`;
    const again =
      event.kind === 'given-up'
        ? 'not started again'
        : `started again in ${event.delay_ms / 1000} s`;
    this.#table.say(`${event.name} ${event.reason}; ${again} (${log})`);
  }

  #sayWhere(): void {
    const { path, logs } = this.#data;
    for (const { executive, couchdbUrl, cachePort, dashboardUrl } of this.#sites) {
      const cache = cachePort === 0 ? '' : `  cache http://localhost:${cachePort}/`;
      const address = byName(splitCredentials(couchdbUrl).address);
      const page = dashboardUrl ? `  dashboard ${byName(dashboardUrl)}/` : '';
      this.#table.say(`${executive.padEnd(3)}  CouchDB ${address}${cache}${page}`);
    }
    this.#table.say(`data in ${path}, logs in ${logs}; Ctrl-C stops all`);
  }
}

/** As the documentation writes addresses of this machine. */
function byName(url: string): string {
  return url.replace('//127.0.0.1:', '//localhost:');
}
