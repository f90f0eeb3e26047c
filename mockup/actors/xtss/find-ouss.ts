// The answer to `get-ouss-by-state-substate`: OUS documents with the fields of the wire format.
// Their histories stay out, so that an answer of thousands of OUSs still fits into a message.

import { AppError } from '../../core/errors.ts';
import type { XtssRequest } from '../../core/messages/message-bodies.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { ousSummariesInState } from '../../core/queries.ts';
import type { Database } from '../../platform/couch/database.ts';
import { matchingTexts } from './matching-texts.ts';

export type FindRequest = Extract<XtssRequest, { operation: 'get-ouss-by-state-substate' }>;

/** Below what a CouchDB server takes as one document, with room for what is around the answer. */
const ANSWER_BYTES = 7_500_000;

/** There are more than fit into one answer. */
export class AnswerTooLargeError extends AppError {
  constructor(count: number, state: string) {
    super(
      'answer_too_large',
      `more than ${count} OUSs are ${state}: they do not fit into one answer`,
      {
        hint: 'ask for a substate, too',
      },
    );
  }
}

/**
 * OUSs in exactly this state whose substate ('' where there is none) the expression finds
 * something in. Throws InvalidInputError where the expression can't be used, AnswerTooLargeError
 * where they do not fit into a message.
 */
export async function findOuss(database: Database, request: FindRequest): Promise<OusDocument[]> {
  const { state, substate } = request;
  const isMatching = substateMatcher(substate ?? '');
  const matching: OusDocument[] = [];
  let bytes = 0;
  await database.findInPages<OusDocument>(ousSummariesInState(state), (ouss) => {
    for (const ous of isMatching(ouss)) {
      bytes += Buffer.byteLength(JSON.stringify(ous)) + 1;
      if (bytes > ANSWER_BYTES) throw new AnswerTooLargeError(matching.length, state);
      matching.push(ous);
    }
  });
  return matching;
}

/** Tries each substate once. */
function substateMatcher(expression: string): (ouss: readonly OusDocument[]) => OusDocument[] {
  // Also where there is no OUS a bad expression is refused.
  matchingTexts(expression, []);
  const tried = new Set<string>();
  const matching = new Set<string>();
  return (ouss) => {
    const texts = new Set(ouss.map(substateText).filter((text) => !tried.has(text)));
    if (texts.size > 0) {
      for (const text of matchingTexts(expression, [...texts])) matching.add(text);
      for (const text of texts) tried.add(text);
    }
    return ouss.filter((ous) => matching.has(substateText(ous)));
  };
}

function substateText({ substate }: OusDocument): string {
  return String(substate ?? '');
}
