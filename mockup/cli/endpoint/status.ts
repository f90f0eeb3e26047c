// `endmgr status`: how many files are in which state, or the history of one.

import type { Command } from 'commander';
import { canonicalPath } from '../../core/dbb/canonical-path.ts';
import { describeHolder } from '../../core/dbb/ingest-holder.ts';
import {
  type EndpointStatus,
  type FileStory,
  readEndpointStatus,
  readFileStory,
} from '../../dbb/endpoint/endpoint-status.ts';
import type { Life } from '../../dbb/endpoint/signs-of-life.ts';
import { isProcessGone } from '../../platform/process/machine-identity.ts';
import { type CommandContext, examples } from '../command.ts';
import { connectTo } from '../site/connection.ts';
import { textTable } from '../terminal/text-table.ts';
import { namesOf, readAny, storageOf, withDatabases } from './configured.ts';

const EXIT_CODES = `
Exit code: 0 all is well, 1 files need a person, 3 a process is dead or nothing goes through.`;

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file of a finder, an ingester or a backfill')
    .argument('[path]', 'one file, relative to the storage area')
    .option('--json', 'as JSON')
    .addHelpText('after', EXIT_CODES)
    .addHelpText('after', examples('endmgr status examples/endpoint/ingester-null.yaml --json'))
    .action(async (config: string, path: string | undefined, options: { json?: boolean }) => {
      const configuration = readAny(config);
      const names = namesOf(configuration);
      if (path === undefined) {
        const life = { isProcessGone, now_ms: Date.now() };
        const status = await withDatabases(config, configuration, ({ url }) =>
          readEndpointStatus(connectTo(url), names, life),
        );
        context.exitWith(exitCodeOf(status));
        show(options.json ? [JSON.stringify(status, null, 2)] : statusLines(status), context);
        return;
      }
      const one = canonicalPath(path, storageOf(configuration)) ?? path;
      const story = await withDatabases(config, configuration, ({ url }) =>
        readFileStory(connectTo(url), names, one),
      );
      show(options.json ? [JSON.stringify(story, null, 2)] : storyLines(story), context);
      if (!story.file && story.aside.length === 0) context.exitWith(1);
    });
}

function show(lines: readonly string[], { print }: CommandContext): void {
  for (const line of lines) print(line);
}

function statusLines(status: EndpointStatus): string[] {
  const { files, events, aside, finders, ingesters, failures, refused } = status;
  const lines = [`on record: ${files === 1 ? '1 file' : `${files} files`}`];
  if (events) {
    const rows = Object.entries(events.counts).filter(([, count]) => count > 0);
    lines.push(`${events.database}:`, ...indent(textTable(rows)));
  }
  for (const finder of finders) {
    lines.push(`finder: ${describeHolder(finder)} ${lifeText(finder, 'looks for files')}`);
    if (finder.trouble) lines.push(`  nothing is taken in: ${finder.trouble}`);
  }
  for (const holder of ingesters ?? []) {
    const doing = holder.working ? 'works' : 'waits for files';
    lines.push(`${describeHolder(holder)} ${lifeText(holder, doing)}`);
    if (holder.trouble) lines.push(`  the target is away: ${holder.trouble}`);
  }
  for (const { id, reason } of refused ?? []) {
    lines.push(`REFUSED request ${JSON.stringify(id)}: ${reason}`);
  }
  for (const { path, status, message, retry_on } of failures ?? []) {
    const later = retry_on === undefined ? '' : ` (tried again at ${retry_on})`;
    lines.push(`${status} ${JSON.stringify(path)}: ${message}${later}`);
  }
  if (aside.length > 0) lines.push(`${aside.length} set aside:`, ...asideLines(aside));
  return lines;
}

interface Living {
  life: Life;
  started: string;
  seen?: string;
}

function lifeText({ life, started, seen = started }: Living, doing: string): string {
  if (life === 'gone') return 'is gone without having stopped: was it killed?';
  if (life === 'silent') return `gave no sign of life since ${seen}`;
  return `${doing}, since ${started}`;
}

/** 0: all is well; 1: files need a person; 3: a process is dead, or nothing goes through. */
function exitCodeOf({
  aside,
  finders,
  ingesters = [],
  failures = [],
  refused = [],
}: EndpointStatus) {
  const processes = [...finders, ...ingesters];
  if (processes.some(({ life, trouble }) => life !== 'alive' || trouble)) return 3;
  const open = failures.filter(({ retry_on }) => retry_on === undefined);
  return open.length + aside.length + refused.length > 0 ? 1 : 0;
}

function storyLines({ path, file, events, aside }: FileStory): string[] {
  const lines: string[] = [];
  if (file) {
    lines.push(`${path}: ${file.size_bytes} bytes, recorded ${file.added_on} (${file.action})`);
    lines.push(`  ${file.checksum}`);
  } else lines.push(`${path}: not on record`);
  for (const event of events?.events ?? []) {
    const { start_time, status, duration, err_message, ingest_ver } = event;
    const took = duration === null ? '' : `${duration.toFixed(3)} s`;
    const rest = [took, ingest_ver, err_message].filter((part) => part).join('  ');
    lines.push(`  ${start_time}  ${status.padEnd(8)}  ${rest}`.trimEnd());
  }
  return [...lines, ...asideLines(aside)];
}

function asideLines(aside: EndpointStatus['aside']): string[] {
  return aside.map(
    ({ root, path, message }) => `  ${JSON.stringify(`${root}/${path}`)}: ${message}`,
  );
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
