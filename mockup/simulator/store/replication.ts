// Continuous one-way replication between two stores: every leaf that the target does not know goes
// over with its history, so that both sides have the same winner. The link can be cut.

import type { Clock } from '../../platform/clock/clock.ts';
import type { DocumentBody } from './document-body.ts';
import type { Branch, DocumentStore, StoredDocument } from './document-store.ts';

export interface Link {
  /** Nothing goes over until the link is healed; what is on its way is lost and sent again. */
  cut(): void;
  heal(): void;
  /** What is on its way is lost and sent again. */
  breakOff(): void;
  stop(): void;
  /** True where the target has everything. */
  readonly caughtUp: boolean;
}

export interface ReplicateOptions {
  clock: Clock;
  /** From a write at the source to its arrival at the target; asked for each transfer. */
  latency_ms: number | (() => number);
}

export function replicate(
  source: DocumentStore,
  target: DocumentStore,
  { clock, latency_ms }: ReplicateOptions,
): Link {
  let place = 0;
  let up = true;
  let cancel: (() => void) | undefined;

  const transfer = (): void => {
    cancel = undefined;
    const documents = source.changesAfter(place, Number.POSITIVE_INFINITY);
    place = documents.at(-1)?.seq ?? place;
    for (const document of documents) copy(source, target, document);
  };
  const wake = (): void => {
    if (!up || cancel || place >= source.lastSeq) return;
    const delay_ms = typeof latency_ms === 'number' ? latency_ms : latency_ms();
    cancel = clock.timer(delay_ms, transfer);
  };
  const cut = (): void => {
    up = false;
    cancel?.();
    cancel = undefined;
  };

  const release = source.onWrite(wake);
  wake();
  return {
    cut,
    breakOff() {
      if (!up) return;
      cut();
      up = true;
      wake();
    },
    heal() {
      up = true;
      wake();
    },
    stop() {
      cut();
      release();
    },
    get caughtUp() {
      return place >= source.lastSeq;
    },
  };
}

function copy(source: DocumentStore, target: DocumentStore, document: StoredDocument): void {
  const { id } = document;
  for (const leaf of document.leaves) {
    if (target.knows(id, leaf.rev)) continue;
    const branch: Branch = { id, leaf, json: document.json.get(leaf.rev) as string };
    const { _attachments = {} } = JSON.parse(branch.json) as DocumentBody;
    for (const { digest } of Object.values(_attachments)) {
      target.attachments.copyFrom(source.attachments, digest);
    }
    target.addBranch(branch);
  }
}
