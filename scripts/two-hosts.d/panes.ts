// The terminals of the demonstration: one tmux pane per actor, each on its host, and a shell on
// each host. A person attaches to them, or a script types into them.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { quoteForShell } from '../../mockup/platform/process/shell-quoting.ts';
import type { PlannedActor } from './host-plan.ts';
import type { Site, TwoHosts } from './two-hosts.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));
const SESSION = 'draws';
/** Large enough for every pane to hold a prompt where nobody is attached. */
const SIZE = ['-x', '260', '-y', '120'];

export class Panes {
  readonly #hosts: TwoHosts;
  readonly socket: string;

  constructor(hosts: TwoHosts) {
    this.#hosts = hosts;
    this.socket = join(hosts.options.directory, 'tmux.sock');
  }

  /** One window per host: its actors and a shell, each pane with the name of what it runs. */
  async open(): Promise<void> {
    for (const [index, site] of this.#hosts.sites.entries()) {
      const first = index === 0 ? ['new-session', '-d', '-s', SESSION, ...SIZE] : ['new-window'];
      await this.#window(site, first);
    }
    // Where a person begins to type: the first pane of each window is the shell of its host.
    for (const { plan } of this.#hosts.sites) {
      await this.tmux('select-pane', '-t', `${SESSION}:${plan.name}.0`);
    }
    await this.tmux('select-window', '-t', `${SESSION}:${this.#hosts.jao.plan.name}`);
  }

  async #window(site: Site, create: readonly string[]): Promise<void> {
    const { name } = site.plan;
    const [first, ...rest] = [undefined, ...this.#hosts.actorsOf(site, false)];
    const session = create[0] === 'new-session' ? [] : ['-t', SESSION];
    await this.tmux(...create, ...session, '-n', name, ...this.#command(site, first));
    await this.tmux('set-option', '-w', '-t', `${SESSION}:${name}`, 'pane-border-status', 'top');
    await this.#title(`${SESSION}:${name}`, `${site.plan.executive}-shell`);
    for (const actor of rest) {
      await this.tmux('split-window', '-t', `${SESSION}:${name}`, ...this.#command(site, actor));
      await this.#title(`${SESSION}:${name}`, actor?.name ?? '');
      await this.tmux('select-layout', '-t', `${SESSION}:${name}`, 'tiled');
    }
  }

  async #title(target: string, title: string): Promise<void> {
    await this.tmux('select-pane', '-t', target, '-T', title);
  }

  /** A command line for the shell that tmux starts: enter the host, set its variables, run. */
  #command(site: Site, actor: PlannedActor | undefined): string[] {
    const script = join(site.plan.directory, `${actor?.name ?? 'shell'}.sh`);
    const path = [join(repository, 'node_modules/.bin'), dirname(process.execPath), ''];
    const variables = Object.entries(site.env).map(
      ([key, value]) => `export ${key}=${quoteForShell(value)}`,
    );
    const draws = quoteForShell(join(repository, 'mockup/cli/draws.mjs'));
    const args = (actor?.args ?? []).map(quoteForShell).join(' ');
    const lines = [
      `cd ${quoteForShell(repository)}`,
      `export PATH=${quoteForShell(path.join(delimiter))}"$PATH"`,
      ...variables,
      `draws() { node ${draws} "$@"; }`,
      'export -f draws',
      `export PS1='${site.plan.name}$ '`,
      // Ctrl-C is for the actor; the pane then becomes a shell of its host.
      ...(actor || !site.pages
        ? []
        : [`echo 'dashboard ${site.pages.dashboard}/  cache ${site.pages.cache}/'`]),
      ...(actor ? ['trap : INT', `node ${draws} ${args}`, 'echo "ended with $?"'] : []),
      'exec bash --norc -i',
    ];
    writeFileSync(script, `${lines.join('\n')}\n`);
    return [[...site.host.enter, 'bash', script].map(quoteForShell).join(' ')];
  }

  async tmux(...args: string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-S', this.socket, '-f', '/dev/null', ...args]);
    return stdout;
  }

  /** For a person at a terminal: `tmux …` with these arguments. */
  get attach(): string[] {
    return ['-S', this.socket, '-f', '/dev/null', 'attach', '-t', SESSION];
  }

  /** Ends all panes. */
  async close(): Promise<void> {
    await this.tmux('kill-server').catch(() => {});
  }
}
