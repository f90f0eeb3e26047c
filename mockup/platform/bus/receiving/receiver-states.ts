// Where a message stands for one receiver, and what moves it. Pure: timers and writes are the
// receiver's.

import { isClaimed, isOpen, type Message } from '../message.ts';
import type { Lease } from './leases.ts';

export type State =
  /** Waits for a free place. */
  | { is: 'waiting'; message: Message }
  /** Failed before; waits until it may be tried again. */
  | { is: 'resting'; message: Message; delay_ms: number }
  /** Another has it; undefined: what became of it is not known. Its lease is watched. */
  | { is: 'watched'; message: Message | undefined }
  /** Has rival revisions: nobody takes it until they have settled, or were ended by the rule. */
  | { is: 'contested' }
  /** This receiver claims or handles it. `news`: it came back to the queue meanwhile. */
  | { is: 'busy'; lease: Lease | undefined; news: MessageSight | undefined };

/** A message as it was read. */
export interface MessageSight {
  message: Message;
  /** It has other living leaves. */
  isContested: boolean;
}

export type Event =
  | { type: 'seen'; sight: MessageSight }
  | { type: 'removed' }
  /** The delay of a resting message is over. */
  | { type: 'rested' }
  /** The lease of a watched one is over; undefined: the message is gone. */
  | { type: 'freed'; sight: MessageSight | undefined }
  | { type: 'taken' }
  | { type: 'held'; lease: Lease }
  /** `isOver`: how it ended is on record. Otherwise another has it, or had it. */
  | { type: 'ended'; isOver: boolean };

/** The next state; undefined: this receiver has nothing to do with it. */
export function transition(state: State | undefined, event: Event): State | undefined {
  switch (event.type) {
    case 'seen':
      return seen(state, event.sight);
    case 'removed':
      return state?.is === 'busy' ? { ...state, news: undefined } : undefined;
    case 'rested':
      return state?.is === 'resting' ? { is: 'waiting', message: state.message } : state;
    case 'freed':
      return state?.is === 'watched' ? freed(event.sight) : state;
    case 'taken':
      return state?.is === 'waiting' ? { is: 'busy', lease: undefined, news: undefined } : state;
    case 'held':
      return state?.is === 'busy' ? { ...state, lease: event.lease } : state;
    case 'ended':
      if (state?.is !== 'busy') return state;
      if (state.news) return stateOf(state.news);
      return event.isOver ? undefined : { is: 'watched', message: undefined };
  }
}

function seen(state: State | undefined, sight: MessageSight): State | undefined {
  const { message, isContested } = sight;
  // News of what is in flight is mostly the echo of own writes.
  if (state?.is === 'busy') {
    return { ...state, news: isOpen(message) && !isContested ? sight : undefined };
  }
  // A delay is not begun again by reading the same once more.
  if (state?.is === 'resting' && state.message._rev === message._rev && !isContested) return state;
  return stateOf(sight);
}

function stateOf({ message, isContested }: MessageSight): State | undefined {
  if (isContested) return { is: 'contested' };
  if (isClaimed(message)) return { is: 'watched', message };
  if (!isOpen(message)) return undefined;
  const delay_ms = message.delivery?.retryDelay_ms ?? 0;
  return delay_ms > 0 ? { is: 'resting', message, delay_ms } : { is: 'waiting', message };
}

/** Nobody holds it any more: a claim is there to be taken over, a delay is not waited for again. */
function freed(sight: MessageSight | undefined): State | undefined {
  if (!sight) return undefined;
  if (sight.isContested) return { is: 'contested' };
  const { message } = sight;
  return isClaimed(message) || isOpen(message) ? { is: 'waiting', message } : undefined;
}
