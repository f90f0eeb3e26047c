// The line's side of the control: does what JAO's dashboard asks over its lifeline, and tells it how
// processes, links and settings are.

import { appendFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { ProcessSummary } from '../../../../dashboard/protocol/control.ts';
import type { LineState } from '../../../../dashboard/server/control/control.ts';
import { newToken } from '../../../../dashboard/server/control/sessions.ts';
import { AppError, describeError } from '../../../core/errors.ts';
import { executives } from '../../../core/executives.ts';
import { formatTimestamp } from '../../../core/timestamps.ts';
import { Releases } from '../../../platform/process/releases.ts';
import type { PlannedReplication } from '../../../replication/plan.ts';
import { type FromLine, type LineAct, readToLine } from '../../lifeline/line-protocol.ts';
import { settingsVariables, verdictSharesText } from '../../lifeline/settings.ts';
import type { LineSite, PlannedProcess } from '../line-plan.ts';
import type { ProcessSpec, ProcessState, SupervisedProcess } from '../supervised-process.ts';
import type { Supervisor } from '../supervisor.ts';
import { LineLinks } from './line-links.ts';
import { actOnProcess } from './process-acts.ts';
import type { LinkState } from './relay.ts';
import { TransferFaults } from './transfer-faults.ts';

export interface LineControlContext {
  /** Changed where somebody asks for it. */
  options: { pace: number; failureRate: number };
  dataDirectory: string;
  logs: string;
  supervisor: Supervisor;
  say(text: string): void;
}

type Told = Pick<ProcessSummary, 'state' | 'since_ms' | 'reason'>;

export class LineControl {
  readonly #context: LineControlContext;
  readonly #releases = new Releases();
  readonly #links: LineLinks;
  readonly #faults: TransferFaults;
  readonly #secret = newToken();
  readonly #states = new Map<string, Told>();
  #token = newToken();
  #dashboard: SupervisedProcess | undefined;
  /** Known once it runs. */
  #address: string | undefined;
  #isTelling = false;

  constructor(context: LineControlContext) {
    this.#context = context;
    this.#links = new LineLinks(context.dataDirectory, this.#releases);
    this.#faults = new TransferFaults(context.dataDirectory);
  }

  async open(sites: readonly LineSite[]): Promise<void> {
    await this.#links.open(sites);
    this.#faults.open(sites);
  }

  close(): Promise<void> {
    return this.#releases.release();
  }

  through(planned: PlannedReplication): PlannedReplication {
    return this.#links.through(planned);
  }

  /** What the process needs for the control, and tells of itself. */
  extend(spec: ProcessSpec, planned: Pick<PlannedProcess, 'name' | 'site' | 'command'>): void {
    const { name, site, command } = planned;
    if (command === 'replicated-cache') {
      spec.env = { ...spec.env, ...this.#faults.environment(site, spec.env.PATH) };
    }
    if (command === 'dashboard') {
      if (site !== 'JAO') return;
      spec.env = { ...spec.env, DRAWS_CONTROL: this.#credentials() };
      spec.onMessage = (message) => this.#take(message);
      return;
    }
    spec.onState = (state, reason) => this.#onState(name, state, reason);
    if (spec.held) this.#onState(name, 'held', '');
  }

  /** Once the line runs. */
  start(sites: readonly LineSite[]): void {
    this.#dashboard = this.#context.supervisor
      .all()
      .find(({ spec }) => spec.name === 'JAO-dashboard');
    this.#address = sites[0]?.dashboardUrl;
    this.#sayAddress();
    this.#tellSoon();
  }

  /** Where the page has the control, once. */
  address(): string | undefined {
    if (this.#address === undefined) return undefined;
    const query = new URLSearchParams({ token: this.#token, name: operatorName() });
    const url = this.#address.replace('//127.0.0.1:', '//localhost:');
    return `${url}/#/control?${query}`;
  }

  #sayAddress(): void {
    const address = this.address();
    if (address) this.#context.say(`control the line at ${address}  (good for one page)`);
  }

  #credentials(): string {
    return `${this.#secret} ${this.#token}`;
  }

  #onState(name: string, state: ProcessState, reason: string): void {
    const before = this.#states.get(name);
    this.#states.set(name, {
      state,
      since_ms: Date.now(),
      reason: reason || (state === 'running' ? (before?.reason ?? null) : null),
    });
    this.#tellSoon();
  }

  /** What changes together is told together. */
  #tellSoon(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      this.#tell({ control: 'state', state: this.#state() });
    });
  }

  #tell(message: FromLine): void {
    this.#dashboard?.send(message);
  }

  #state(): LineState {
    const { options, supervisor } = this.#context;
    const processes = supervisor.all().flatMap(({ spec, restarts }): ProcessSummary[] => {
      const told = this.#states.get(spec.name);
      const [site = '', ...rest] = spec.name.split('-');
      return told ? [{ id: spec.name, site, name: rest.join('-'), restarts, ...told }] : [];
    });
    const { pace, failureRate } = options;
    const line = { id: 'line', pace, failureRate, fullCaches: this.#faults.full() };
    return { processes, links: this.#links.summaries(), line };
  }

  #take(message: unknown): boolean {
    const told = readToLine(message);
    switch (told?.control) {
      case 'hello':
        this.#tellSoon();
        break;
      case 'record':
        this.#record(told.text);
        break;
      case 'token':
        this.#takeToken(told.token);
        break;
      case 'ask':
        this.#answer(told.id, told.act);
        break;
      default:
    }
    return told !== undefined;
  }

  #record(text: string): void {
    this.#context.say(text);
    const line = `${formatTimestamp(Date.now())} ${text}\n`;
    appendFileSync(join(this.#context.logs, 'control.log'), line);
  }

  #takeToken(token: string): void {
    this.#token = token;
    // So that one that is started again knows it.
    const { spec } = this.#dashboard ?? {};
    if (spec) spec.env = { ...spec.env, DRAWS_CONTROL: this.#credentials() };
    this.#sayAddress();
  }

  #answer(id: number, act: LineAct): void {
    try {
      this.#tell({ control: 'answer', id, text: this.#perform(act) });
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'failed';
      this.#tell({ control: 'refusal', id, code, message: describeError(error) });
    }
    this.#tellSoon();
  }

  #perform(act: LineAct): string {
    const { options, supervisor } = this.#context;
    switch (act.act) {
      case 'pace':
        options.pace = act.value;
        this.#spreadSettings();
        return `the pace is ${act.value}`;
      case 'failure-rate':
        options.failureRate = act.value;
        this.#spreadSettings();
        return `${Math.round(act.value * 100)} % of runs and reviews fail`;
      case 'process': {
        const isKnown = this.#states.has(act.name);
        const found = supervisor.all().find(({ spec }) => isKnown && spec.name === act.name);
        if (found) return actOnProcess(found, act.do);
        throw new AppError('no_such_process', `the line has no ${JSON.stringify(act.name)}`);
      }
      case 'link': {
        this.#links.become(act.link, act.to as LinkState);
        const link = this.#links.summaries().find(({ id }) => id === act.link);
        const ends = executives.filter((site) => link?.ends.includes(site));
        if (ends[0] && ends[1]) this.#faults.link([ends[0], ends[1]], act.to as LinkState);
        return `the link ${act.link} is ${act.to}`;
      }
      case 'cache': {
        const site = executives.find((one) => one === act.site);
        if (!site || !this.#faults.fill(site, act.full)) {
          throw new AppError('no_such_cache', `the line has no cache of ${act.site}`);
        }
        return `the cache of ${site} ${act.full ? 'is full' : 'has room again'}`;
      }
    }
  }

  #spreadSettings(): void {
    const { options, supervisor } = this.#context;
    const { pace, failureRate } = options;
    for (const process of supervisor.all()) {
      const { spec } = process;
      spec.env = { ...spec.env, ...settingsVariables(options) };
      spec.args = spec.args.map((arg) => {
        return /^pass=.*fail=/.test(arg) ? verdictSharesText(failureRate) : arg;
      });
      process.send({ control: 'settings', pace, failureRate } satisfies FromLine);
    }
  }
}

/** As who the page acts unless the person says otherwise. */
function operatorName(): string {
  try {
    const name = userInfo()
      .username.replaceAll(/[^A-Za-z0-9._-]/g, '')
      .slice(0, 32);
    return /^[A-Za-z]/.test(name) ? name : 'operator';
  } catch {
    return 'operator';
  }
}
