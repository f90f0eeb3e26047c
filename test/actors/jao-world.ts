// A simulated JAO for tests of its actors: documents as they are in its databases, and a client
// process with ports of its own.

import { createXtss } from '../../mockup/actors/xtss/xtss.ts';
import { documentId } from '../../mockup/core/identifiers.ts';
import type { OusDocument } from '../../mockup/core/ous/ous.ts';
import type { ActorPorts } from '../../mockup/platform/actor/actor.ts';
import { runOnce } from '../../mockup/platform/actor/one-shot.ts';
import type { MessageDocument } from '../../mockup/platform/bus/message.ts';
import type { Writable } from '../../mockup/platform/couch/database.ts';
import { bodyOf } from '../../mockup/simulator/store/document-store.ts';
import { createWorld, type World, type WorldOptions } from '../../mockup/simulator/world/world.ts';

export const UID = 'uid://X1/X1/Xb0';
export const PROG_ID = '2015.1.00657.S';

export interface JaoWorld extends World {
  /** Runs `work` in a process of its own, and gives its result. */
  as<T>(name: string, work: (ports: ActorPorts) => Promise<T>): Promise<T>;
  /** What XTSS answers. */
  ask(body: unknown): Promise<unknown>;
  /** Writes a document as another program would. */
  put(database: string, doc: object): Promise<void>;
  ous(ousUid?: string): OusDocument | undefined;
  states(ousUid?: string): string[];
  messages(selector: string): MessageDocument[];
  documents<T>(database: string): T[];
}

export async function createJaoWorld(options: Partial<WorldOptions> = {}): Promise<JaoWorld> {
  const world = await createWorld({ seed: 'jao', sites: ['JAO'], pace: 1, ...options });
  const documents = <T>(database: string): T[] =>
    [...world.network.host('JAO').server.store(database).documents()]
      .map((document) => bodyOf(document))
      .filter((body) => !body._deleted) as T[];
  const as: JaoWorld['as'] = async (name, work) => {
    let result: unknown;
    let failure: unknown;
    const factory = async (ports: ActorPorts) =>
      runOnce(ports, async () => {
        await work(ports).then(
          (value) => {
            result = value;
          },
          (error) => {
            failure = error;
          },
        );
        return 0;
      });
    await world.run({ site: 'JAO', name, factory, options: undefined });
    if (failure) throw failure;
    return result as never;
  };
  const ous = (ousUid = UID) =>
    documents<OusDocument>('status-entities').find(({ _id }) => _id === documentId(ousUid));
  return Object.assign(world, {
    as,
    documents,
    ous,
    ask: (body: unknown) => as('client', (ports) => ports.bus.call('xtss', body)),
    put: async (database: string, doc: object) => {
      await as('writer', (ports) => ports.databases.open(database).put(doc as Writable));
    },
    states: (ousUid = UID) => (ous(ousUid)?.history ?? []).map(({ state }) => state),
    messages: (selector: string) =>
      documents<MessageDocument>('msgq').filter((message) => message.selector === selector),
  });
}

export function startXtss(world: World): void {
  world.startActor({ site: 'JAO', name: 'xtss', factory: createXtss, options: undefined });
}

/** An OUS as the Python mockup leaves it: without a history. */
export function pythonOus(fields: Partial<OusDocument> = {}): OusDocument {
  const entityId = fields.entityId ?? UID;
  return {
    _id: documentId(entityId),
    entityId,
    progID: PROG_ID,
    state: 'ReadyForProcessing',
    substate: null,
    flags: {},
    timestamp: '2026-01-04T12:00:00.000',
    ...fields,
  };
}
