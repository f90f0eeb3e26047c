// `draws send-message`: a message by hand.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../command.ts';
import { withBus } from '../site/connection.ts';
import { UsageError } from '../usage-error.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<selector>', 'who gets it, such as cached.JAO; a name ending in .* is a group')
    .argument(
      '[fields...]',
      'the body, as name=value pairs; a value that is JSON is taken as such',
    )
    .addHelpText(
      'after',
      examples(
        'draws send-message cached.JAO fileType=weblog cachedAt=EU name=weblog-X1-X1-Xb0.zip',
        `draws send-message test.any 'values=[1,2]' text=hello`,
      ),
    )
    .action(async (selector: string, fields: string[]) => {
      const body = Object.fromEntries(fields.map(parseField));
      await withBus(context.env, 'send-message', (bus) => bus.send(selector, body));
      context.print(`sent to ${selector} (draws messages shows it until somebody takes it)`);
    });
}

function parseField(text: string): [string, unknown] {
  const at = text.indexOf('=');
  if (at < 1) {
    throw new UsageError(`not a field: ${JSON.stringify(text)}`, {
      hint: 'expected name=value',
    });
  }
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}
