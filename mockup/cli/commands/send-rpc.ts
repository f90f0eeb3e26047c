// `draws send-rpc`: a request by hand, and its answer.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../command.ts';
import { withBus } from '../connection.ts';
import { requireNumber } from '../environment.ts';
import { UsageError } from '../usage-error.ts';

export function define(command: Command, context: CommandContext): void {
  const query =
    '{"operation": "get-ouss-by-state-substate", "state": "ReadyForReview", "substate": null}';
  command
    .argument('<selector>', 'who answers, such as xtss')
    .argument('<json>', 'the body of the request')
    .option('--time-limit <seconds>', 'how long to wait for the answer', '10')
    .addHelpText('after', examples(`draws send-rpc xtss '${query}'`))
    .action(async (selector: string, json: string, options: { timeLimit: string }) => {
      const timeLimit_ms = 1000 * requireNumber(options.timeLimit, '--time-limit', 0.001, 86_400);
      const body = parse(json);
      const answer = await withBus(context.env, 'send-rpc', (bus) =>
        bus.call(selector, body, { timeLimit_ms }),
      );
      context.print(JSON.stringify(answer, null, 2));
    });
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(`the request is not JSON: ${(error as Error).message}`, {
      hint: `quote it, as in '{"operation": "set-state", …}'`,
    });
  }
}
