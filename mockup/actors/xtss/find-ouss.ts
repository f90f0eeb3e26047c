// The answer to `get-ouss-by-state-substate`: OUS documents with the fields of the wire format.
// Their histories stay out, so that an answer of thousands of OUSs still fits into a message.

import type { XtssRequest } from '../../core/messages/message-bodies.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import type { Database } from '../../platform/couch/database.ts';
import { matchingTexts } from './matching-texts.ts';

const FIELDS = ['_id', '_rev', 'entityId', 'progID', 'state', 'substate', 'flags', 'timestamp'];

export type FindRequest = Extract<XtssRequest, { operation: 'get-ouss-by-state-substate' }>;

/**
 * OUSs in exactly this state whose substate ('' where there is none) the expression finds
 * something in. Throws InvalidInputError where the expression can't be used.
 */
export async function findOuss(database: Database, request: FindRequest): Promise<OusDocument[]> {
  const selector = { state: request.state };
  const found = await database.find<OusDocument>({ selector, fields: FIELDS });
  const substates = new Set(found.map(substateText));
  const matching = matchingTexts(request.substate ?? '', [...substates]);
  return found.filter((ous) => matching.has(substateText(ous)));
}

function substateText({ substate }: OusDocument): string {
  return String(substate ?? '');
}
