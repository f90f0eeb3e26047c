// The launcher: creates an OUS, or sets an existing one back to the start. This is administration,
// not a transition of the life cycle: it writes the document itself, XTSS need not run.

import { databaseNames } from '../../core/databases.ts';
import { InvalidInputError } from '../../core/errors.ts';
import { executives, isExecutive } from '../../core/executives.ts';
import { documentId, requireOusUid, requireProgId } from '../../core/identifiers.ts';
import {
  type ChangeContext,
  hasCause,
  launchOus,
  type OusDocument,
  setSubstate,
} from '../../core/ous/ous.ts';
import { nextTimestamp, readOus } from '../../core/ous/reading.ts';
import { isRecipe, recipes } from '../../core/ous/recipes.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import { authorOf } from '../../platform/actor/author.ts';
import { runOnce } from '../../platform/actor/one-shot.ts';
import { updateDocument } from '../../platform/couch/documents/update-document.ts';

export interface LauncherOptions {
  progId: string;
  ousUid: string;
  /**
   * The recipe, where it is known. It is written together with the launch, so that the batch
   * helper never sees an OUS without one and gives it another.
   */
  recipe?: string | undefined;
  /**
   * Accepted because the original's instructions give it; only checked. Which executive
   * processes an OUS is decided in the DRA tool, and a launched OUS has no executive yet.
   */
  executive?: string | undefined;
  /** A launch that is repeated with the same cause changes nothing. Default: always launches. */
  cause?: string | undefined;
}

/** Throws InvalidInputError for a bad project code, UID, recipe or executive. */
export function checkLaunch(options: LauncherOptions): { ousUid: string; progId: string } {
  const ousUid = requireOusUid(options.ousUid);
  const progId = requireProgId(options.progId);
  checkRecipe(options.recipe);
  checkExecutive(options.executive);
  return { ousUid, progId };
}

/** One-shot. Throws as `checkLaunch` does. */
export async function createLauncher(ports: ActorPorts, options: LauncherOptions): Promise<Actor> {
  const { ousUid, progId } = checkLaunch(options);
  return runOnce(ports, async () => {
    await launch(ports, { ...options, ousUid, progId });
    return 0;
  });
}

async function launch(ports: ActorPorts, options: LauncherOptions): Promise<void> {
  const { ousUid, progId, recipe, cause } = options;
  const end = ports.activity.begin(`launch of ${ousUid}`);
  const database = ports.databases.open(databaseNames.statusEntities);
  const at = (ous: OusDocument | undefined): ChangeContext => ({
    timestamp: nextTimestamp(ous, ports.clock.now()),
    by: authorOf(ports),
    cause,
  });
  try {
    await updateDocument<OusDocument>(database, documentId(ousUid), (stored) => {
      const existing = stored && readOus(stored);
      if (existing && cause !== undefined && hasCause(existing, cause)) return undefined;
      const base = existing ?? (stored && { ...blank(ousUid, progId), _rev: stored._rev });
      const launched = launchOus(base, ousUid, progId, at(existing));
      return recipe === undefined ? launched : setSubstate(launched, recipe, at(launched));
    });
    ports.activity.count('launches');
    ports.log.info({ ous: ousUid, progID: progId, recipe }, 'ReadyForProcessing');
  } finally {
    end();
  }
}

// In place of a document under the OUS's id that is none: it is overwritten.
function blank(ousUid: string, progId: string): OusDocument {
  const _id = documentId(ousUid);
  const state = 'ReadyForProcessing' as const;
  return {
    _id,
    entityId: ousUid,
    progID: progId,
    state,
    substate: null,
    flags: {},
    timestamp: '',
  };
}

function checkRecipe(recipe: string | undefined): void {
  if (recipe === undefined || isRecipe(recipe)) return;
  throw new InvalidInputError(`not a recipe: ${JSON.stringify(recipe)}`, {
    hint: `one of ${recipes.join(', ')}`,
  });
}

function checkExecutive(executive: string | undefined): void {
  if (executive === undefined || isExecutive(executive)) return;
  throw new InvalidInputError(`not an executive: ${JSON.stringify(executive)}`, {
    hint: `one of ${executives.join(', ')}`,
  });
}
