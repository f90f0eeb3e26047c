// The persons who look after what nobody else takes further: an OUS whose Pipeline run failed is
// queued again, one that got a manual recipe is launched anew for the Pipeline, and a message that
// was given up is given to the receivers again.

import { createLauncher } from '../../actors/launcher/launcher.ts';
import { databaseNames } from '../../core/databases.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { enteredAt } from '../../core/ous/reading.ts';
import { isPipelineRecipe } from '../../core/ous/recipes.ts';
import type { Actor, ActorFactory, ActorPorts } from '../../platform/actor/actor.ts';
import { runOnce } from '../../platform/actor/one-shot.ts';
import type { Message } from '../../platform/bus/message.ts';
import { revived } from '../../platform/bus/receiving/claim.ts';
import { updateDocument } from '../../platform/couch/documents/update-document.ts';
import { requestChange } from '../../platform/xtss/xtss-client.ts';
import type { DocumentBody } from '../store/document-body.ts';
import type { ObservedStore } from '../store/observed-store.ts';
import type { SimulatedHost } from '../world/network.ts';
import type { World } from '../world/world.ts';

/** How long it takes them to notice. */
const NOTICE_MS = 10_000;
const RECIPE = 'PipelineCalibration';

/** What is to be done, and about what, so that it is done once. */
interface Help {
  about: string;
  run(): void;
}

export function startOperator(world: World): void {
  const jao = world.network.host('JAO');
  onEachWrite(world, jao.server.observe('status-entities'), (body) =>
    helpForOus(world, body as unknown as OusDocument),
  );
  for (const host of world.network.hosts.values()) {
    onEachWrite(world, host.server.observe('msgq'), (body) =>
      helpForMessage(world, host, body as unknown as Message),
    );
  }
}

function onEachWrite(
  world: World,
  store: ObservedStore,
  look: (body: Readonly<DocumentBody>) => Help | undefined,
): void {
  const known = new Set<string>();
  let seen = store.lastSeq;
  store.onWrite(() => {
    const written = store.bodiesAfter(seen);
    seen = store.lastSeq;
    for (const body of written) {
      const help = look(body);
      if (!help || known.has(help.about)) continue;
      known.add(help.about);
      world.clock.timer(NOTICE_MS, help.run);
    }
  });
}

function helpForOus(world: World, ous: OusDocument): Help | undefined {
  const { state, substate, entityId: ousUid, progID: progId } = ous;
  const since = enteredAt(ous);
  const about = `${ousUid} ${since}`;
  if (state === 'ProcessingProblem') {
    const factory = (ports: ActorPorts) => queueAgain(ports, ousUid, since);
    return { about, run: () => runProgram(world, 'JAO', 'operator', factory, undefined) };
  }
  if (state !== 'ReadyForProcessing' || !substate || isPipelineRecipe(substate)) return undefined;
  const options = { progId, ousUid, recipe: RECIPE, cause: `for the Pipeline after ${since}` };
  return { about, run: () => runProgram(world, 'JAO', 'launcher', createLauncher, options) };
}

/** At the site that gave it up: only there is nobody else's write in the way. */
function helpForMessage(world: World, host: SimulatedHost, message: Message): Help | undefined {
  const { _id: id, _rev, delivery } = message;
  if (delivery?.state !== 'dead' || delivery.holder?.site !== host.executive) return undefined;
  const factory = (ports: ActorPorts) => retryMessage(ports, id);
  const about = `${id} ${_rev}`;
  return { about, run: () => runProgram(world, host.executive, 'operator', factory, undefined) };
}

function runProgram<Options>(
  world: World,
  site: SimulatedHost['executive'],
  name: string,
  factory: ActorFactory<Options>,
  options: Options,
): void {
  world.startPatiently({ site, name, factory, options });
}

async function queueAgain(ports: ActorPorts, ousUID: string, since: string): Promise<Actor> {
  return runOnce(ports, async (signal) => {
    const cause = `queued again after ${since}`;
    const value = 'ReadyForProcessing';
    const change = { operation: 'set-state', value, ousUID, cause, since } as const;
    await requestChange(ports, change, { signal });
    return 0;
  });
}

async function retryMessage(ports: ActorPorts, id: string): Promise<Actor> {
  return runOnce(ports, async () => {
    const messages = ports.databases.open(databaseNames.messages);
    await updateDocument<Message>(messages, id, (message) =>
      message?.delivery?.state === 'dead' ? revived(message) : undefined,
    );
    return 0;
  });
}
