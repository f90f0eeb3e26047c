// Where a message stands for a receiver, and what moves it.

import { expect, test } from 'vitest';
import type { Message } from '../../../mockup/platform/bus/message.ts';
import {
  type Event,
  type State,
  transition,
} from '../../../mockup/platform/bus/receiving/receiver-states.ts';

const holder = { actor: 'a', site: 'JAO', machine: 'm', pid: 1, instance: 'i' };
const message = (state?: string, fields: object = {}): Message =>
  ({
    _id: 'm',
    _rev: '1-a',
    selector: 's',
    consumed: state !== undefined && state !== 'open',
    ...(state && {
      delivery: { state, holder, attempts: 1, lease_ms: 10, claimedAt: '', ...fields },
    }),
  }) as unknown as Message;
const seen = (one: Message, isContested = false): Event => ({
  type: 'seen',
  sight: { message: one, isContested },
});
const busy: State = { is: 'busy', lease: undefined, news: undefined };
const is = (state: State | undefined, event: Event) => transition(state, event)?.is;

test('what is seen of a message says where it stands', () => {
  expect(is(undefined, seen(message()))).toBe('waiting');
  expect(is(undefined, seen(message('claimed')))).toBe('watched');
  expect(is(undefined, seen(message('open', { retryDelay_ms: 5 })))).toBe('resting');
  for (const state of ['done', 'dead'])
    expect(is(undefined, seen(message(state)))).toBeUndefined();
  expect(is(undefined, seen(message(), true))).toBe('contested');
  expect(is({ is: 'contested' }, seen(message()))).toBe('waiting');
});

test('what is in flight stays so until it has ended, whatever is seen', () => {
  for (const state of [undefined, 'claimed', 'done']) {
    expect(is(busy, seen(message(state)))).toBe('busy');
  }
  expect(is(busy, { type: 'removed' })).toBe('busy');
  expect(transition(busy, { type: 'ended', isOver: true })).toBeUndefined();
  expect(is(busy, { type: 'ended', isOver: false })).toBe('watched');
  const again = transition(busy, seen(message()));
  expect(is(again, { type: 'ended', isOver: true })).toBe('waiting');
});

test('a lease that is over offers the message again, a finished one is forgotten', () => {
  const watched: State = { is: 'watched', message: message('claimed') };
  const freed = (one?: Message): Event => ({
    type: 'freed',
    sight: one && { message: one, isContested: false },
  });
  expect(is(watched, freed(message('claimed')))).toBe('waiting');
  expect(is(watched, freed(message('done')))).toBeUndefined();
  expect(is(watched, freed())).toBeUndefined();
  expect(is(busy, freed(message('claimed')))).toBe('busy');
});

test('a delay is waited for once, and only what waits is taken', () => {
  const resting: State = { is: 'resting', message: message('open'), delay_ms: 5 };
  expect(transition(resting, seen(message('open')))).toBe(resting);
  expect(is(resting, { type: 'rested' })).toBe('waiting');
  expect(is(resting, { type: 'taken' })).toBe('resting');
  expect(is({ is: 'waiting', message: message() }, { type: 'taken' })).toBe('busy');
});
