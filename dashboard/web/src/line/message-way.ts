// The way of a message over the picture: from its sender by its selector to its receiver.

import type { MessageSummary } from '../../../protocol/summaries.ts';
import { type Box, type LinePlan, type PlannedActor, XTSS_BOX } from './line-plan.ts';

interface Point {
  x: number;
  y: number;
}

export interface Way {
  /** An SVG path. */
  d: string;
  length: number;
}

/** About that of one edge. */
const DRAWN_LENGTH = 220;

/** Which parts of its way a message went since it was last seen. */
export type Part = 'to-queue' | 'from-queue' | 'whole';

export function partOfWay(
  before: MessageSummary | undefined,
  after: MessageSummary,
): Part | undefined {
  if (!before) return after.state === 'open' ? 'to-queue' : 'whole';
  if (before.state === after.state) return undefined;
  return before.state === 'open' && after.state !== 'dead' ? 'from-queue' : undefined;
}

/** Undefined where the picture does not show both of its ends. */
export function wayOf(plan: LinePlan, message: MessageSummary, part: Part): Way | undefined {
  const sender = placeOf(plan, message.sender);
  const receiver = placeOf(plan, message.receiver ?? receiverOf(message));
  if (!sender || !receiver || sender === receiver) return undefined;
  const drawn = drawnWay(plan, message.queue, sender.id, receiver.id, part);
  if (drawn) return drawn;
  const queue = plan.queues.find(({ id }) => id === message.queue)?.box;
  const isLocalRpc = message.queue === 'xtss' && sender.site === 'JAO';
  const middle = isLocalRpc ? undefined : queue;
  const from = part === 'from-queue' ? (middle ?? sender.box) : sender.box;
  const to = part === 'to-queue' ? (middle ?? receiver.box) : receiver.box;
  const passes = part === 'whole' && middle ? [middle] : [];
  return pathThrough([from, ...passes, to].map((box, index, all) => anchor(box, all, index)));
}

/** Along the edges of the picture, where it has them. */
function drawnWay(
  plan: LinePlan,
  queue: string,
  sender: string,
  receiver: string,
  part: Part,
): Way | undefined {
  const edge = (actor: string): string | undefined =>
    plan.edges.find(({ along }) => along?.actor === actor && along.queue === queue)?.d;
  const parts = [
    part === 'from-queue' ? '' : edge(sender),
    part === 'to-queue' ? '' : edge(receiver),
  ];
  if (parts.includes(undefined)) return undefined;
  const d = parts.filter(Boolean).join(' ').replace(/ M/, ' L');
  return { d, length: parts.every(Boolean) ? 2 * DRAWN_LENGTH : DRAWN_LENGTH };
}

/** `dra@JAO` → `JAO.dra`. */
function placeOf(plan: LinePlan, who: string | null): PlannedActor | undefined {
  const [name, site] = who?.split('@') ?? [];
  return plan.actors.find((actor) => actor.name === name && actor.site === site);
}

function receiverOf({ queue }: MessageSummary): string | null {
  const [kind, site] = [queue.slice(0, queue.lastIndexOf('.')), queue.split('.').at(-1)];
  const names: Record<string, string> = {
    'pipeline.process': 'torque-maui',
    cached: 'replicated-cache',
    'pipeline.report': 'aqua-qa2',
    ingest: 'product-ingestor',
  };
  if (queue === 'xtss') return 'xtss@JAO';
  return names[kind] ? `${names[kind]}@${site}` : null;
}

/** The middle of a box; for the wide one of XTSS the point across from where the way comes or goes. */
function anchor(box: Box, all: readonly Box[], index: number): Point {
  const middle = centre(box);
  if (box !== XTSS_BOX) return middle;
  const other = centre((all[index - 1] ?? all[index + 1]) as Box);
  const x = Math.min(box.x + box.width - 30, Math.max(box.x + 30, other.x));
  return { x, y: middle.y };
}

function centre({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

function pathThrough(points: readonly Point[]): Way {
  const [first, ...others] = points as [Point, ...Point[]];
  let d = `M${first.x} ${first.y}`;
  let length = 0;
  let at = first;
  for (const next of others) {
    const bend = (at.x + next.x) / 2;
    d +=
      Math.abs(at.x - next.x) < 8
        ? `L${next.x} ${next.y}`
        : `C${bend} ${at.y} ${bend} ${next.y} ${next.x} ${next.y}`;
    length += Math.hypot(next.x - at.x, next.y - at.y);
    at = next;
  }
  return { d, length };
}
