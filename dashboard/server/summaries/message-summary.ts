// The summary of a message of the bus, from its document. The body is not passed on: a few words
// say what it is about.

import { isOusUid } from '../../../mockup/core/identifiers.ts';
import type { MessageState, MessageSummary } from '../../protocol/summaries.ts';
import { countOf, fieldsOf, textOf, timeOf } from './reading.ts';

/** Fields that a summary is made of, for queries. */
export const messageFields = [
  '_id',
  'creationTimestamp',
  'selector',
  'consumed',
  'msgbackID',
  'sender',
  'answerTo',
  'delivery',
  ...['ousUID', 'operation', 'value', 'state', 'fileType', 'name', 'recipe', 'timestamp'].map(
    (field) => `body.${field}`,
  ),
];

const ANSWERS = 'answers';

const ANSWER_SELECTOR = /^[0-9a-f]{32}$/;
const WORDS_LENGTH_MAX = 120;

/** Undefined for a document that is no message (a group). */
export function summariseMessage(doc: object): MessageSummary | undefined {
  const fields = fieldsOf(doc);
  const selector = textOf(fields.selector);
  if (!selector || typeof fields.consumed !== 'boolean') return undefined;
  const delivery = fieldsOf(fields.delivery);
  const isAnswer = ANSWER_SELECTOR.test(selector);
  const body = fieldsOf(fields.body);
  return {
    id: String(fields._id),
    selector,
    kind: isAnswer ? 'answer' : fields.msgbackID === undefined ? 'message' : 'request',
    state: stateOf(fields.consumed, delivery.state),
    queue: isAnswer ? ANSWERS : selector,
    created_ms: timeOf(fields.creationTimestamp),
    sender: textOf(fields.sender),
    receiver: isAnswer ? textOf(fields.answerTo) : holderOf(delivery.holder),
    attempts: countOf(delivery.attempts),
    error: textOf(delivery.error),
    about: isOusUid(body.ousUID) ? body.ousUID : null,
    what: wordsOf(body, fields.body),
  };
}

/** A message that a Python actor took has no delivery, and counts as done. */
function stateOf(consumed: boolean, delivery: unknown): MessageState {
  if (delivery === 'dead') return 'dead';
  if (!consumed) return 'open';
  return delivery === 'claimed' ? 'claimed' : 'done';
}

function holderOf(value: unknown): string | null {
  const { actor, site } = fieldsOf(value);
  return typeof actor === 'string' ? textOf(`${actor}@${String(site ?? '')}`) : null;
}

function wordsOf(body: Record<string, unknown>, whole: unknown): string {
  const { operation, value, state, fileType, name, recipe, timestamp } = body;
  const words = operation
    ? [operation, value ?? state]
    : fileType
      ? [fileType, name]
      : [recipe ?? timestamp ?? scalar(whole)];
  const text = words.map(scalar).filter(Boolean).join(' ');
  return text.length > WORDS_LENGTH_MAX ? `${text.slice(0, WORDS_LENGTH_MAX)}…` : text;
}

function scalar(value: unknown): string {
  const isScalar = ['string', 'number', 'boolean'].includes(typeof value);
  return isScalar ? String(value).slice(0, WORDS_LENGTH_MAX) : '';
}
