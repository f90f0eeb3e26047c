// The way of an OUS in plain words: what happens to it in each state, and which actor does it.

import type { OusSummary } from '../../../protocol/summaries.ts';

export interface Caption {
  /** A few words. */
  title: string;
  text: string;
  /** On the picture of the line: `JAO.xtss`. */
  actor: string;
}

export function captionOf({ state, substate, executive }: OusSummary): Caption {
  const site = executive ?? 'an ARC';
  switch (state) {
    case 'FullyObserved':
      return {
        title: 'The telescope is done',
        text: 'All observations of this OUS are there. The launcher releases it for processing.',
        actor: 'JAO.launcher',
      };
    case 'ReadyForProcessing':
      return substate
        ? {
            title: 'It waits to be given away',
            text: `Its recipe is ${substate}. At the DRA tool a person, or a robot, says which executive processes it.`,
            actor: 'JAO.dra',
          }
        : {
            title: 'It needs a recipe',
            text: 'The batch helper looks at the OUS and writes the recipe for the Pipeline into its substate.',
            actor: 'JAO.aqua-batch-helper',
          };
    case 'Processing':
      return {
        title: `The Pipeline runs at ${site}`,
        text: `A message went to ${site}; torque-maui took the job and started the Pipeline. What it makes goes to the cache there, and from there to JAO.`,
        actor: `${executive ?? 'EU'}.torque-maui`,
      };
    case 'ProcessingProblem':
      return {
        title: 'The Pipeline failed',
        text: 'The run ended with an error. Nothing is lost: a person looks at it, and queues the OUS again.',
        actor: `${executive ?? 'EU'}.pipeline-driver`,
      };
    case 'ReadyForReview':
      return {
        title: 'It waits for its review',
        text: 'The report is at JAO, the weblog is on its way. Somebody at AQUA will take it for QA2.',
        actor: 'JAO.aqua-qa2',
      };
    case 'Reviewing':
      return {
        title: 'A reviewer looks at it',
        text: 'Scores and weblog are read. The verdict of QA2 is Pass, Semipass or Fail; after a Fail it is processed again.',
        actor: 'JAO.aqua-qa2',
      };
    case 'Verified':
      return {
        title: 'It passed',
        text: 'The product ingestor has got its order, and prepares the products for the archive.',
        actor: 'JAO.product-ingestor',
      };
    case 'DeliveryInProgress':
      return {
        title: 'Its products go into the archive',
        text: 'Each file is stored in NGAS with its checksum, and replicated to the ARC.',
        actor: 'JAO.product-ingestor',
      };
    case 'Delivered':
      return {
        title: 'Delivered',
        text: 'The data tracker saw the last product arrive and told XTSS. The astronomers have their data.',
        actor: 'JAO.data-tracker',
      };
    default:
      return { title: state, text: 'No caption is known for this state.', actor: 'JAO.xtss' };
  }
}
