// What the dashboard can do to the line: acts on OUSs and messages are done here, by the code of the
// commands; those on processes, links and settings are asked of the `draws up` that runs them.

import type { Act } from '../../../dashboard/protocol/control.ts';
import type { Control } from '../../../dashboard/server/control/control.ts';
import { databaseNames } from '../../core/databases.ts';
import { InvalidInputError } from '../../core/errors.ts';
import { type Executive, isExecutive } from '../../core/executives.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { authorOf } from '../../platform/actor/author.ts';
import { removeMessage, requireRemovable } from '../site/message-removal.ts';
import { reviveMessage } from '../site/message-revival.ts';
import { type Desk, openDesk } from './desk.ts';
import { LineClient } from './line-client.ts';
import { type OperatorContext, OperatorPorts } from './operator-ports.ts';

/** For what goes on by itself after a person's act. */
const DESK = 'desk';

export async function createControl(
  context: OperatorContext,
  localCache: string | undefined,
): Promise<Control> {
  const operators = new OperatorPorts(context);
  const line = new LineClient();
  const desk = await openDesk(await operators.of(DESK), localCache, context.releases);
  return {
    onState: (callback) => line.onState(callback),
    record: (text) => line.record(text),
    onToken: (token) => line.token(token),
    perform: async (act, operator) =>
      perform(act, { desk, line, as: await operators.of(operator) }),
  };
}

interface Means {
  desk: Desk;
  line: LineClient;
  as: ActorPorts;
}

async function perform(act: Act, { desk, line, as }: Means): Promise<string> {
  switch (act.act) {
    case 'launch':
      return desk.launch(as, act);
    case 'assign':
      return desk.assign(as, act.ous, requireSite(act.to));
    case 'review':
      return desk.review(as, act.ous);
    case 'cancel-review':
      return desk.cancelReview(as, act.ous);
    case 'verdict':
      return desk.conclude(as, act.ous, act.verdict);
    case 'queue-again':
      return desk.queueAgain(as, act.ous);
    case 'retry-message':
      await reviveMessage(as.databases.open(databaseNames.messages), act.message, authorOf(as));
      return `message ${act.message} waits for a receiver again`;
    case 'delete-message':
      return deleteMessage(as, act.message);
    default:
      return line.ask(act);
  }
}

async function deleteMessage(as: ActorPorts, id: string): Promise<string> {
  const messages = as.databases.open(databaseNames.messages);
  await requireRemovable(messages, [id]);
  const isRemoved = await removeMessage(messages, id, authorOf(as));
  return isRemoved ? `message ${id} is deleted` : `message ${id} was gone`;
}

function requireSite(text: string): Executive {
  if (isExecutive(text)) return text;
  throw new InvalidInputError(`not a site: ${JSON.stringify(text)}`);
}
