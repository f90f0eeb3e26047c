// `hdfmgr history`: what happened to one file, all its versions.

import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { type FileRecord, fileRecordRange } from '../../core/dbb/file-record.ts';
import { AppError } from '../../core/errors.ts';
import { type CommandContext, examples } from '../command.ts';
import { textTable } from '../terminal/text-table.ts';
import { readConfigured, withDatabase } from './configured.ts';
import { mbytes } from './progress.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<config>', 'YAML file')
    .argument('<path>', 'relative to the buffer, or a full path in the buffer or holding area')
    .option('--json', 'the records as JSON')
    .addHelpText('after', examples('hdfmgr history examples/handoff/local.yaml night/a.fits'))
    .action(async (file: string, path: string, options: { json?: boolean }) => {
      const configured = readConfigured(file);
      const { buffer, holding, configuration } = configured;
      const inside = insideOf(path, [buffer, holding]);
      const { tablenames } = configuration.database;
      const found = await withDatabase(configured, (server) =>
        server.open(tablenames.file).allDocs<FileRecord>(fileRecordRange(inside)),
      );
      // Names that go on with an @ are in the same range.
      const ofPath = found.filter((record) => pathOf(record) === inside);
      const records = ofPath.sort((one, other) => (begin(one) < begin(other) ? -1 : 1));
      if (records.length === 0) {
        throw new AppError('no_such_file', `there is no record of ${JSON.stringify(inside)}`, {
          hint: 'the path is relative to handoff.buffer',
        });
      }
      if (options.json) return context.print(JSON.stringify(records, null, 2));
      for (const [index, record] of records.entries()) show(record, index + 1, context);
    });
}

function show(record: FileRecord, number: number, context: CommandContext): void {
  const { size_bytes, checksum, state, attempts, batch, held_as } = record;
  context.print(`version ${number}: ${state}, ${size_bytes} bytes (${mbytes(size_bytes)})`);
  context.print(`  written ${record.created_on}`);
  if (checksum) context.print(`  BLAKE2b ${checksum}`);
  if (batch)
    context.print(`  batch ${batch}${attempts > 0 ? `, ${attempts} failed attempts` : ''}`);
  if (held_as) context.print(`  in the holding area as ${JSON.stringify(held_as)}`);
  const rows = record.history.map(({ timestamp, state: entered, reason }) => [
    ' ',
    timestamp,
    entered,
    reason ?? '',
  ]);
  for (const line of textTable(rows)) context.print(line);
}

function pathOf({ relpath, filename }: FileRecord): string {
  return relpath === '' ? filename : `${relpath}/${filename}`;
}

function begin(record: FileRecord): string {
  return record.history[0]?.timestamp ?? '';
}

function insideOf(path: string, roots: readonly string[]): string {
  if (!path.startsWith('/')) return path.replace(/^\.\//, '');
  const root = roots.find((one) => `${resolve(path)}/`.startsWith(`${one}/`));
  return root ? relative(root, resolve(path)) : path.slice(1);
}
