import { expect, it } from 'vitest';
import { createInquirerConsole } from '../../../mockup/platform/console/inquirer-console.ts';
import { keys, makeList, makeStreams } from './console-streams.ts';

const uids = ['uid://A001/X1/Xa0', 'uid://A001/X1/Xb0', 'uid://A002/X1/Xc0'];
const never = new AbortController().signal;

function makeConsole() {
  const streams = makeStreams();
  return { ...streams, console: createInquirerConsole(streams) };
}

it('takes what the arrow keys have reached', async () => {
  const { console, type, shows } = makeConsole();
  const { list, followers } = makeList(...uids);
  const answer = console.chooseFrom('Which OUS?', list, never);
  await shows('Which OUS?');
  type(keys.down + keys.down + keys.up + keys.enter);
  expect(await answer).toBe(uids[1]);
  expect(followers()).toBe(0);
  await shows(`✔ Which OUS? ${uids[1]}`);
});

it('searches by typing, and forgets it with backspace', async () => {
  const { console, type, shows, text, forget } = makeConsole();
  const answer = console.chooseFrom('Which OUS?', makeList(...uids).list, never);
  await shows(uids[0]!);
  forget();
  type('A002x');
  await shows('nothing in the list matches');
  type(keys.backspace);
  await shows('1 of 1');
  forget();
  type(keys.tab);
  type(keys.enter);
  expect(await answer).toBe(uids[2]);
  expect(text()).not.toContain(uids[0]);
});

it('takes a pasted value that is not in the list', async () => {
  const { console, type, shows } = makeConsole();
  const answer = console.chooseFrom('Which OUS?', makeList(...uids).list, never);
  await shows('Which OUS?');
  type('uid://A009/X9/Xz9\r');
  expect(await answer).toBe('uid://A009/X9/Xz9');
});

it('shows what comes and goes by itself; the highlight stays on its item', async () => {
  const { console, type, shows, forget } = makeConsole();
  const live = makeList();
  const answer = console.chooseFrom('Which OUS?', live.list, never);
  await shows('nothing is waiting');
  live.set(uids[1]!);
  await shows(`❯ ${uids[1]}`);
  forget();
  live.set(...uids);
  await shows('2 of 3');
  await shows(`❯ ${uids[1]}`);
  type(keys.enter);
  expect(await answer).toBe(uids[1]);
});

it('never takes another item than the highlighted one', async () => {
  const { console, type, shows } = makeConsole();
  const live = makeList(...uids);
  const answer = console.chooseFrom('Which OUS?', live.list, never);
  await shows(`❯ ${uids[0]}`);
  live.set(uids[1]!, uids[2]!);
  await shows(`${uids[0]} has left the list`);
  type(keys.enter);
  type(keys.down);
  await shows(`❯ ${uids[1]}`);
  type(keys.enter);
  expect(await answer).toBe(uids[1]);
});

it('keeps what was typed when Enter has nothing to take', async () => {
  const { console, type, shows } = makeConsole();
  const live = makeList({ value: uids[0]!, description: 'Imaging' });
  const answer = console.chooseFrom('Which OUS?', live.list, never);
  await shows('Imaging');
  type('imag');
  await shows('1 of 1');
  live.set({ value: uids[1]!, description: 'Imaging' });
  await shows('has left the list');
  type(keys.enter);
  type(keys.up);
  await shows(/Which OUS\? imag[\s\S]*1 of 1/);
  type(keys.enter);
  expect(await answer).toBe(uids[1]);
});

it('pages through a long list', async () => {
  const { console, type, shows, text } = makeConsole();
  const many = Array.from({ length: 200 }, (_, i) => `uid://A001/X1/X${1000 + i}`);
  const answer = console.chooseFrom('Which OUS?', makeList(...many).list, never);
  await shows('1 of 200');
  expect(text()).not.toContain('X1050');
  type(keys.pageDown.repeat(5));
  await shows('51 of 200');
  type(keys.pageUp + keys.enter);
  expect(await answer).toBe(many[40]);
});

it.each([
  ['Ctrl-C', keys.ctrlC],
  ['Ctrl-D', keys.ctrlD],
])('gives undefined after %s', async (_name, key) => {
  const { console, type, shows } = makeConsole();
  const live = makeList(...uids);
  const chosen = console.chooseFrom('Which OUS?', live.list, never);
  await shows('Which OUS?');
  type(key);
  expect(await chosen).toBeUndefined();
  expect(live.followers()).toBe(0);
  const pressed = console.chooseKey('Result?', { P: 'Pass' }, never);
  await shows('Result?');
  type(key);
  expect(await pressed).toBeUndefined();
});

it('gives undefined at the end of the input', async () => {
  const { console, input, shows } = makeConsole();
  const answer = console.chooseFrom('Which OUS?', makeList(...uids).list, never);
  await shows('Which OUS?');
  input.end();
  expect(await answer).toBeUndefined();
});

it('gives undefined when the signal is aborted, before or meanwhile', async () => {
  const { console, shows, text } = makeConsole();
  const { list, followers } = makeList(...uids);
  expect(await console.chooseFrom('Early?', list, AbortSignal.abort())).toBeUndefined();
  expect(text()).toBe('');
  const controller = new AbortController();
  const answer = console.chooseFrom('Which OUS?', list, controller.signal);
  await shows('Which OUS?');
  controller.abort(new Error('stopping'));
  expect(await answer).toBeUndefined();
  expect(followers()).toBe(0);
});

it('takes a key in either case, and says which there are', async () => {
  const { console, type, shows } = makeConsole();
  const answers = { F: 'Fail', P: 'Pass', S: 'Semipass', C: 'Cancel' };
  const answer = console.chooseKey('Result?', answers, never);
  await shows('Result? [F]ail, [P]ass, [S]emipass, [C]ancel:');
  type('x\r');
  await shows('x is none of F, P, S, C');
  type('\r');
  type('s\r');
  expect(await answer).toBe('S');
  await shows('✔ Result? Semipass');
});

it('prints above an open question, which goes on where it was', async () => {
  const { console, type, shows, text, forget } = makeConsole();
  const answer = console.chooseFrom('Which OUS?', makeList(...uids).list, never);
  await shows('Which OUS?');
  type('X1');
  type(keys.down);
  await shows('2 of 3');
  forget();
  console.print('a report has come');
  console.above.write('log line\n');
  await shows(/a report has come\nlog line\n[\s\S]*Which OUS\? X1[\s\S]*2 of 3/);
  expect(text().match(/a report has come/g)).toHaveLength(1);
  type(keys.enter);
  expect(await answer).toBe(uids[1]);
  console.print('after');
  await shows('after\n');
});

it('obeys no control characters in what it shows', async () => {
  const { console, raw, type, shows } = makeConsole();
  const evil = '\x1b]0;title\x07uid\x1b[2J\x9b2Jx';
  console.print(`${evil}\nsecond line\tafter a tab`);
  expect(raw()).toBe('\ufffd]0;title\ufffduid\ufffd[2J\ufffd2Jx\nsecond line\tafter a tab\n');
  const items = makeList({ value: evil, description: 'a\nb' });
  const answer = console.chooseFrom('Which?', items.list, never);
  await shows('a b');
  expect(raw()).not.toContain(']0;title\x07');
  expect(raw()).not.toContain('\x1b[2J');
  type(keys.enter);
  expect(await answer).toBe(evil);
});
