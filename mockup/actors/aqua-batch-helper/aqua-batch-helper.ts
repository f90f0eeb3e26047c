// The AQUA batch helper: gives each OUS that is ReadyForProcessing and has no recipe a random one,
// mostly one that the Pipeline processes.

import { databaseNames } from '../../core/databases.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { enteredAt, readOus } from '../../core/ous/reading.ts';
import { manualRecipes, pipelineRecipes, type Recipe } from '../../core/ous/recipes.ts';
import { oussInStates } from '../../core/queries.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import { workOnDocuments } from '../../platform/couch/documents/document-work.ts';
import { followDocuments } from '../../platform/couch/documents/live-documents.ts';
import { pickOne, type Random } from '../../platform/random/random.ts';
import { type OusChange, requestChange } from '../../platform/xtss/xtss-client.ts';

const PIPELINE_SHARE = 0.8;
const CONCURRENCY = 4;

interface OusWithoutRecipe {
  ousUid: string;
  /** When it was changed last: a launch repeated later needs a recipe of its own. */
  timestamp: string;
  since: string;
}

export async function createAquaBatchHelper(ports: ActorPorts): Promise<Actor> {
  const database = ports.databases.open(databaseNames.statusEntities);
  const documents = await followDocuments<OusDocument, OusWithoutRecipe>(database, {
    queries: oussInStates('ReadyForProcessing'),
    select: withoutRecipe,
  });
  const work = workOnDocuments(ports, {
    documents,
    concurrency: CONCURRENCY,
    handle: (ous, signal) => giveRecipe(ports, ous, signal),
  });
  return {
    stop: async () => {
      await work.stop();
      await documents.stop();
    },
  };
}

function withoutRecipe(doc: OusDocument): OusWithoutRecipe | undefined {
  const ous = readOus(doc);
  if (ous?.state !== 'ReadyForProcessing' || ous.substate) return undefined;
  return { ousUid: ous.entityId, timestamp: ous.timestamp, since: enteredAt(ous) };
}

async function giveRecipe(
  ports: ActorPorts,
  { ousUid, timestamp, since }: OusWithoutRecipe,
  signal: AbortSignal,
): Promise<void> {
  const end = ports.activity.begin(`recipe of ${ousUid}`);
  try {
    const recipe = randomRecipe(ports.random);
    const change: OusChange = {
      operation: 'set-substate',
      ousUID: ousUid,
      value: recipe,
      cause: `recipe after ${timestamp}`,
      since,
    };
    const outcome = await requestChange(ports, change, { signal });
    if (outcome === 'done') {
      ports.activity.count('recipes');
      ports.log.info({ ous: ousUid, recipe }, 'recipe given');
    } else {
      ports.log.info({ ous: ousUid, answer: outcome.refused }, 'the OUS has moved on');
    }
  } finally {
    end();
  }
}

/** One of the Pipeline recipes in four of five cases, else a manual one. */
export function randomRecipe(random: Random): Recipe {
  return random.next() < PIPELINE_SHARE
    ? pickOne(random, pipelineRecipes)
    : pickOne(random, manualRecipes);
}
