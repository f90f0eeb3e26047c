// `draws history`: what happened to one OUS.

import type { Command } from 'commander';
import { databaseNames } from '../../core/databases.ts';
import { AppError } from '../../core/errors.ts';
import { documentId, requireTypedOusUid } from '../../core/identifiers.ts';
import type { HistoryEntry, OusDocument } from '../../core/ous/ous.ts';
import { readOus } from '../../core/ous/reading.ts';
import { parseTimestamp } from '../../core/timestamps.ts';
import { printableLine } from '../../platform/text/printable.ts';
import { type CommandContext, examples } from '../command.ts';
import { connect } from '../site/connection.ts';
import { textTable } from '../terminal/text-table.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<ousUID>', 'such as uid://X1/X1/Xb0, or X1/X1/Xb0')
    .option('--json', 'the whole document as JSON')
    .addHelpText('after', examples('draws history uid://X1/X1/Xb0'))
    .action(async (uid: string, options: { json?: boolean }) => {
      const ousUid = requireTypedOusUid(uid);
      const ouss = connect(context.env).open(databaseNames.statusEntities);
      const doc = await ouss.get(documentId(ousUid));
      const ous = doc && readOus(doc);
      if (!ous) {
        throw new AppError('no_such_ous', `there is no OUS ${ousUid}`, {
          hint: `draws launcher PROG_ID ${ousUid} makes it`,
        });
      }
      if (options.json) return context.print(JSON.stringify(doc, null, 2));
      const is = `${ous.entityId} of ${ous.progID}: ${ous.state} ${ous.substate ?? ''}`;
      context.print(printableLine(is).trim());
      for (const line of textTable(rowsOf(ous))) context.print(line);
    });
}

function rowsOf({ history = [] }: OusDocument): string[][] {
  return history.map((entry, index) => [
    entry.timestamp,
    sincePrevious(history[index - 1], entry),
    entry.state,
    entry.substate ?? '',
    entry.executive ?? '',
    entry.by,
    entry.reason ?? '',
  ]);
}

function sincePrevious(previous: HistoryEntry | undefined, entry: HistoryEntry): string {
  if (!previous) return '';
  const elapsed_ms = parseTimestamp(entry.timestamp) - parseTimestamp(previous.timestamp);
  return `+${(elapsed_ms / 1000).toFixed(3)} s`;
}
