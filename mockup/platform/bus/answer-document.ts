// The document of an answer. Its id follows from the request's, so that a repeated request has one answer.

import type { BusContext } from './bus-context.ts';
import { actorAddress } from './bus-context.ts';
import { hexDigest, type Message, type MessageDocument, messageId } from './message.ts';

export function answerDocument(
  request: Message,
  body: unknown,
  context: BusContext,
): MessageDocument {
  const answer: MessageDocument = {
    _id: messageId(request.creationTimestamp, hexDigest(`answer to ${request._id}`)),
    creationTimestamp: request.creationTimestamp,
    originIP: context.originIP,
    selector: String(request.msgbackID),
    consumed: false,
    body: body ?? null,
    sender: actorAddress(context.self),
  };
  if (request.sender !== undefined) answer.answerTo = request.sender;
  if (request.asker !== undefined) answer.asker = request.asker;
  return answer;
}
