// `draws send-rpc`: a request by hand, and its answer.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../command.ts';
import { requireNumber } from '../environment.ts';
import { withBus } from '../site/connection.ts';
import { UsageError } from '../usage-error.ts';

/** What XTSS answers where it does not do what it was asked. */
const xtssRefusals: ReadonlyMap<unknown, string> = new Map([
  [400, "the request was not understood (xtss's log says what is wrong with it)"],
  [404, 'there is no such OUS'],
  [409, 'refused: not from the state in which the OUS is (draws history OUS_UID shows it)'],
]);

const XTSS_HELP =
  'xtss answers 201 (done), 400 (not\nunderstood), 404 (no such OUS) or 409 (refused), or a list; ' +
  'after 400, 404 and 409 the exit\ncode is 1, and standard error says what it means.';

export function define(command: Command, context: CommandContext): void {
  const query =
    '{"operation": "get-ouss-by-state-substate", "state": "ReadyForReview", "substate": null}';
  command
    .argument('<selector>', 'who answers, such as xtss')
    .argument('<json>', 'the body of the request')
    .option('--time-limit <seconds>', 'how long to wait for the answer', '10')
    .addHelpText(
      'after',
      `${examples(`draws send-rpc xtss '${query}'`)}\n\nThe answer is printed as JSON. ${XTSS_HELP}`,
    )
    .action(async (selector: string, json: string, options: { timeLimit: string }) => {
      const timeLimit_ms = 1000 * requireNumber(options.timeLimit, '--time-limit', 0.001, 86_400);
      const body = parse(json);
      const answer = await withBus(context.env, 'send-rpc', (bus) =>
        bus.call(selector, body, { timeLimit_ms }),
      );
      context.print(JSON.stringify(answer, null, 2));
      const refusal = selector === 'xtss' ? xtssRefusals.get(answer) : undefined;
      if (refusal === undefined) return;
      context.warn(`draws: ${answer}: ${refusal}`);
      context.exitWith(1);
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
