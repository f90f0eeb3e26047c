// `hdfmgr manifest`: the checksums of held files by directory, as `b2sum --check` reads them.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { canonicalPath } from '../../core/dbb/canonical-path.ts';
import { directoryOf, nameOf } from '../../core/dbb/file-version.ts';
import { pathOfRecord, recordsOf } from '../../dbb/handoff/check/manager-records.ts';
import { type CommandContext, examples } from '../command.ts';
import { UsageError } from '../usage-error.ts';
import { readConfigured, withDatabase } from './configured.ts';

const NAME = 'B2SUMS';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file')
    .argument('[directory]', 'only this one and those below it, relative to the buffer')
    .option('--out <dir>', `writes a file ${NAME} for each directory below this one`)
    .addHelpText(
      'after',
      examples(
        'hdfmgr manifest examples/handoff/local.yaml night | (cd /data/storage && b2sum --check)',
      ),
    )
    .action(async (path: string, directory: string | undefined, { out }: { out?: string }) => {
      const configured = readConfigured(path);
      const within = directory === undefined ? '' : canonicalPath(directory, configured.buffer);
      if (within === undefined) throw new UsageError(`${directory} is not in the buffer`);
      const lines = await withDatabase(configured, async (server) => {
        const { tablenames } = configured.configuration.database;
        const files = server.open(tablenames.file);
        const found = new Map<string, string>();
        for await (const { records } of recordsOf({ files, manager: configured.manager })) {
          for (const record of records) {
            const file = pathOfRecord(record);
            const isWithin = within === '' || file.startsWith(`${within}/`);
            // A name that came again: the newest version is what the endpoint has under it.
            if (isWithin && record.state === 'held' && record.checksum) {
              found.set(file, record.checksum);
            }
          }
        }
        return found;
      });
      if (out === undefined) {
        for (const [file, sum] of lines) context.stdout.write(lineOf(sum, file));
      } else writeAll(out, lines, context);
    });
}

function writeAll(
  out: string,
  sums: ReadonlyMap<string, string>,
  { print }: CommandContext,
): void {
  const byDirectory = Map.groupBy(sums, ([file]) => directoryOf(file));
  for (const [directory, entries] of byDirectory) {
    const path = join(out, directory, NAME);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, entries.map(([file, sum]) => lineOf(sum, nameOf(file))).join(''));
    renameSync(`${path}.new`, path);
  }
  print(`${sums.size} files in ${byDirectory.size} manifests below ${out}`);
}

/** Names with line feeds or backslashes are escaped, as `b2sum` does it. */
function lineOf(sum: string, file: string): string {
  const escaped = file.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === file ? '' : '\\'}${sum}  ${escaped}\n`;
}
