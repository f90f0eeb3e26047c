// `draws messages`: what waits on the bus, what is dead, reviving it, and taking messages away.

import type { Command } from 'commander';
import { databaseNames } from '../../core/databases.ts';
import { messagesInDelivery, unreadMessages } from '../../core/queries.ts';
import type { Message } from '../../platform/bus/message.ts';
import { readMessage } from '../../platform/bus/receiving/reading.ts';
import type { Database } from '../../platform/couch/database.ts';
import { type CommandContext, examples } from '../command.ts';
import { connect } from '../site/connection.ts';
import { textTable } from '../terminal/text-table.ts';

interface Options {
  dead?: boolean;
  json?: boolean;
}

const BODY_LENGTH = 100;

export function define(command: Command, context: CommandContext): void {
  const messages = () => connect(context.env).open(databaseNames.messages);
  command
    .option('--dead', 'those given up after too many attempts')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples(
        'draws messages',
        'draws messages --dead',
        'draws messages retry ID',
        'draws messages delete ID',
      ),
    )
    .action(async (options: Options) => {
      const found = await messages().find<Message>(
        options.dead ? messagesInDelivery('dead') : unreadMessages(),
      );
      const sorted = found.toSorted((one, other) => (one._id < other._id ? -1 : 1));
      if (options.json) return context.print(JSON.stringify(sorted, null, 2));
      if (sorted.length === 0) context.print(`no ${options.dead ? 'dead' : 'unread'} messages`);
      for (const line of textTable(sorted.flatMap(readable))) context.print(line);
    });
  command
    .command('retry')
    .description('Give a dead message to the receivers again.')
    .argument('<id>', 'as `draws messages --dead` shows it')
    .action(async (id: string) => {
      const { reviveMessage } = await import('../site/message-revival.ts');
      await reviveMessage(messages(), id);
      context.print(`${id} waits for a receiver again`);
    });
  command
    .command('delete')
    .description('Take messages away for good, read or not; none that an actor has in flight.')
    .argument('<ids...>', 'as `draws messages` shows them')
    .option('--yes', 'do not ask')
    .action((ids: string[], options: { yes?: boolean }) =>
      remove(messages(), [...new Set(ids)], options, context),
    );
}

/** A table row, or none for what is no message. */
function readable(doc: Message): string[][] {
  const message = readMessage(doc);
  return message ? [rowOf(message)] : [];
}

function rowOf({ _id, selector, sender, delivery, body }: Message): string[] {
  const attempts = delivery ? `${delivery.attempts} attempts` : '';
  const text = JSON.stringify(body) ?? '';
  const shown = text.length > BODY_LENGTH ? `${text.slice(0, BODY_LENGTH)}…` : text;
  return [_id, selector, sender ?? '', attempts, delivery?.error ?? shown];
}

const DELETE = { question: 'Delete them?', why: 'this deletes data' };

async function remove(
  messages: Database,
  ids: readonly string[],
  { yes = false }: { yes?: boolean },
  context: CommandContext,
): Promise<void> {
  const { removeMessage, requireRemovable } = await import('../site/message-removal.ts');
  const found = await requireRemovable(messages, ids);
  if (!yes) {
    const { confirmed } = await import('../terminal/confirmation.ts');
    for (const line of textTable(found.flatMap(readable))) context.print(line);
    if (!(await confirmed(context, DELETE))) {
      context.print('nothing was deleted');
      return context.exitWith(1);
    }
  }
  for (const id of ids) {
    context.print((await removeMessage(messages, id)) ? `${id} is deleted` : `${id} was gone`);
  }
}
