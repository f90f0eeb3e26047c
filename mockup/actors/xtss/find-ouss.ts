// The answer to `get-ouss-by-state-substate`: OUS documents with the fields of the wire format.
// Their histories stay out, so that an answer of thousands of OUSs still fits into a message.

import type { XtssRequest } from '../../core/messages/message-bodies.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { ousSummariesInState } from '../../core/queries.ts';
import type { Database } from '../../platform/couch/database.ts';
import { matchingTexts } from './matching-texts.ts';

export type FindRequest = Extract<XtssRequest, { operation: 'get-ouss-by-state-substate' }>;

/**
 * OUSs in exactly this state whose substate ('' where there is none) the expression finds
 * something in. Throws InvalidInputError where the expression can't be used.
 */
export async function findOuss(database: Database, request: FindRequest): Promise<OusDocument[]> {
  const found = await database.find<OusDocument>(ousSummariesInState(request.state));
  const substates = new Set(found.map(substateText));
  const matching = matchingTexts(request.substate ?? '', [...substates]);
  return found.filter((ous) => matching.has(substateText(ous)));
}

function substateText({ substate }: OusDocument): string {
  return String(substate ?? '');
}
