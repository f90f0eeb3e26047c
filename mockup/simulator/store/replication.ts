// Continuous one-way replication between two stores: every leaf that the target does not know goes
// over with its history, so that both sides have the same winner. The link can be cut.

import type { Clock } from '../../platform/clock/clock.ts';
import type { DocumentBody } from './document-body.ts';
import { type Branch, bodyOf, type DocumentStore, type StoredDocument } from './document-store.ts';
import { compileFilter } from './replication-filter.ts';

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
  /** Of the documents that are replicated; without it all are. */
  selector?: Record<string, unknown> | undefined;
  /** For what takes the link's time by its size: calls back when the document has gone over. */
  carry?: Carry | undefined;
}

/** The returned function takes the document off the link. */
export type Carry = (document: StoredDocument, arrived: () => void) => () => void;

export function replicate(
  source: DocumentStore,
  target: DocumentStore,
  { clock, latency_ms, selector, carry }: ReplicateOptions,
): Link {
  const isWanted = wantedBy(selector);
  const carried = new Map<StoredDocument, () => void>();
  let place = 0;
  let up = true;
  let cancel: (() => void) | undefined;
  const transfer = (): void => {
    cancel = undefined;
    const documents = source.changesAfter(place, Number.POSITIVE_INFINITY);
    place = documents.at(-1)?.seq ?? place;
    for (const document of documents) if (isWanted(document)) send(document);
  };
  const send = (document: StoredDocument): void => {
    if (!carry) {
      copy(source, target, document);
      return;
    }
    let arrived = false;
    const takeOff = carry(document, () => {
      arrived = true;
      carried.delete(document);
      copy(source, target, document);
    });
    if (!arrived) carried.set(document, takeOff);
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
    for (const [document, takeOff] of carried) {
      takeOff();
      place = Math.min(place, document.seq - 1);
    }
    carried.clear();
  };
  const look = (written: StoredDocument): void => {
    // What is left out need not wake anybody.
    if (!cancel && place === written.seq - 1 && !isWanted(written)) place = written.seq;
    else wake();
  };

  const release = source.onWrite(look);
  wake();
  return {
    cut,
    breakOff() {
      if (!up) return;
      cut();
      up = true;
      wake();
    },
    heal: () => {
      up = true;
      wake();
    },
    stop: () => {
      cut();
      release();
    },
    get caughtUp() {
      return place >= source.lastSeq && carried.size === 0;
    },
  };
}

function wantedBy(selector: ReplicateOptions['selector']): (document: StoredDocument) => boolean {
  if (!selector) return () => true;
  const matches = compileFilter(selector);
  return (document) => matches(bodyOf(document));
}

function copy(source: DocumentStore, target: DocumentStore, document: StoredDocument): void {
  const { id } = document;
  for (const leaf of document.leaves) {
    if (target.knows(id, leaf.rev)) continue;
    const branch: Branch = { id, leaf, json: document.json.get(leaf.rev) as string };
    if (branch.json.includes('"_attachments"')) {
      const { _attachments = {} } = JSON.parse(branch.json) as DocumentBody;
      for (const { digest } of Object.values(_attachments)) {
        target.attachments.copyFrom(source.attachments, digest);
      }
    }
    target.addBranch(branch);
  }
}
