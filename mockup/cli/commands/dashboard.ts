// `draws dashboard`: the page that shows the site, for an audience and for operators.

import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type Executive, executives } from '../../core/executives.ts';
import { isOusState } from '../../core/ous/life-cycle.ts';
import { readEnvironment } from '../../platform/config/environment.ts';
import { type CommandContext, examples } from '../command.ts';
import {
  couchdbUrl,
  logLevel,
  requireExecutives,
  requireInteger,
  requireNumber,
  requireUrl,
} from '../environment.ts';
import { UsageError } from '../usage-error.ts';

interface Options {
  port: string;
  host: string;
  sites: string;
  cacheUrl?: string;
  peer: string[];
  stuckAfter: string[];
  allowHost: string[];
  publicUrl: string[];
}

const YEAR_S = 366 * 24 * 3600;
const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

export function define(command: Command, context: CommandContext): void {
  command
    .option('--port <port>', '0: any free one', '5000')
    .option('--host <address>', 'that it listens on', '127.0.0.1')
    .option('--sites <list>', 'that take part', 'JAO,EU,NA,EA')
    .option('--cache-url <url>', "where the site's replicated cache is shown")
    .option(
      '--peer <site=url>',
      'CouchDB of another site, to show its replications too; better in DRAWS_<SITE>_COUCHDB',
      collect,
      [],
    )
    .option(
      '--stuck-after <state=seconds>',
      'when an OUS is stuck; "never" for seconds: never',
      collect,
      [],
    )
    .option(
      '--public-url <url>',
      'where a proxy shows it, such as https://dash.example/dash/; also DRAWS_PUBLIC_URL',
      collect,
      [],
    )
    .option('--allow-host <name>', 'by which pages may call this server', collect, [])
    .addHelpText(
      'after',
      examples(
        'draws dashboard',
        'DRAWS_LOCATION=EU draws dashboard --port 5001 --cache-url http://localhost:8000',
        'draws dashboard --stuck-after Processing=7200 --stuck-after Reviewing=never',
      ),
    )
    .action(async (options: Options) => {
      const { env } = context;
      const { location, localCache } = readEnvironment(env);
      const settings = {
        couchdbUrl: couchdbUrl(env),
        site: location,
        sites: requireExecutives([options.sites], '--sites'),
        host: options.host,
        port: requireInteger(options.port, '--port', 0, 65_535),
        hostNames: [hostname(), options.host, ...options.allowHost].map((n) => n.toLowerCase()),
        publicUrls: publicUrlsOf(options.publicUrl, env),
        webDirectory: fileURLToPath(new URL('../../../dashboard/web/dist', import.meta.url)),
        peers: readPeers(options.peer, env),
        stuckAfter_s: readLimits(options.stuckAfter),
        // Given by `draws up` to the dashboards of its own line.
        logsDirectory: env.DRAWS_LOGS || undefined,
        memory_bytes: () => process.memoryUsage.rss(),
      };
      const cacheUrl = options.cacheUrl ? requireUrl(options.cacheUrl, '--cache-url') : undefined;
      const control = controlOf(env, options.host);
      const level = logLevel(env);
      const { runDashboard } = await import('../dashboard/run-dashboard.ts');
      context.exitWith(
        await runDashboard({ settings, cacheUrl, localCache, level, control, env }),
      );
    });
}

function readPeers(
  given: readonly string[],
  env: CommandContext['env'],
): { site: Executive; url: string }[] {
  const peers = new Map<Executive, string>();
  for (const site of executives) {
    const url = env[`DRAWS_${site}_COUCHDB`];
    if (url) peers.set(site, requireUrl(url, `DRAWS_${site}_COUCHDB`));
  }
  for (const text of given) {
    const at = text.indexOf('=');
    const [site] = at > 0 ? requireExecutives([text.slice(0, at)], '--peer') : [];
    if (!site) {
      throw new UsageError('--peer is not a site and a URL', {
        hint: 'such as --peer EU=http://localhost:5985',
      });
    }
    peers.set(site, requireUrl(text.slice(at + 1), `--peer ${site}`));
  }
  return [...peers].map(([site, url]) => ({ site, url }));
}

function readLimits(given: readonly string[]): Record<string, number | null> {
  const limits: Record<string, number | null> = {};
  for (const text of given) {
    const [state = '', value = ''] = text.split('=');
    if (!isOusState(state)) {
      throw new UsageError(`--stuck-after names no state: ${JSON.stringify(text)}`, {
        hint: 'such as --stuck-after Processing=7200 (seconds)',
      });
    }
    const isNever = value === 'never';
    limits[state] = isNever ? null : requireNumber(value, `--stuck-after ${state}`, 0.1, YEAR_S);
  }
  return limits;
}

/** As `draws up --control` gives it to the dashboard that it starts, and nobody else. */
function controlOf(
  env: CommandContext['env'],
  host: string,
): { secret: string; token: string } | undefined {
  const [secret, token] = env.DRAWS_CONTROL?.split(' ') ?? [];
  if (!secret || !token || !process.connected) return undefined;
  if (/^(127(\.\d{1,3}){3}|::1|localhost)$/.test(host)) return { secret, token };
  throw new UsageError('a line can be controlled from its own machine alone', {
    hint: 'leave --host out',
  });
}

function publicUrlsOf(given: readonly string[], env: CommandContext['env']): string[] {
  const all = given.length > 0 ? given : (env.DRAWS_PUBLIC_URL?.split(',') ?? []);
  return all.map((url) => requireUrl(url.trim(), '--public-url'));
}
