// Which messages an ARC gets from JAO: what is for it, the answers to it, and what it sent itself,
// so that it learns how that ended. Everything else of the line stays at JAO, through which all
// messages between sites go.

import type { Executive } from '../executives.ts';

/**
 * A Mango selector for the replication from JAO to an ARC. A document without `sender` was written
 * by a Python actor, or is a group: nothing says whose it is, so every site gets it. The same for an
 * answer to somebody who did not say who it is. What is deleted keeps these fields (`tombstoneOf`).
 */
export function messagesForArc(arc: Executive): Record<string, unknown> {
  return {
    $or: [
      { sender: { $exists: false } },
      { sender: { $regex: `@${arc}$` } },
      { selector: { $regex: `\\.${arc}$` } },
      { answerTo: { $regex: `@${arc}$` } },
      { selector: { $regex: '^[0-9a-f]{32}$' }, answerTo: { $exists: false } },
    ],
  };
}

interface Routed {
  _id: string;
  _rev?: string;
  selector?: unknown;
  sender?: unknown;
  answerTo?: unknown;
}

/** Deletes a message at the sites that have it, and leaves no trace at the others. */
export function tombstoneOf({ _id, _rev, selector, sender, answerTo }: Routed) {
  return {
    ...{ _id, _deleted: true as const },
    ...(_rev !== undefined && { _rev }),
    ...(selector !== undefined && { selector }),
    ...(sender !== undefined && { sender }),
    ...(answerTo !== undefined && { answerTo }),
  };
}
